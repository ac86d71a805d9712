import type { DurationProfile } from "../catalog/queue-settings.ts";
import { legacySizeAttribute, sizeAttribute } from "../claim-check/pointer.ts";
import type { Entropy } from "../clock/entropy.ts";
import { randomId } from "../flow/ids.ts";
import type { MessageAttributes, OutgoingMessage, ReceivedMessage } from "../queue/queue.ts";
import { type Address, encodeAddress, type RunAddress } from "./address.ts";
import { type Envelope, encodeEnvelope, envelopeOf } from "./envelope.ts";

/** A message that carries a flow's envelope, a job's part of it, or the pointer to it: others are made of it. */
export type Source = Pick<ReceivedMessage, "body" | "attributes" | "trace">;

/** The same body for another address: its size, where it is a pointer, and its trace go along. */
export function readdressed(
  { body, attributes, trace }: Source,
  address: Address,
  { delaySeconds }: { readonly delaySeconds?: number } = {},
): OutgoingMessage {
  return {
    body,
    attributes: { ...encodeAddress(address), ...sizeOf(attributes) },
    ...(delaySeconds === undefined ? {} : { delaySeconds }),
    trace,
  };
}

interface CheckPorts {
  readonly entropy: Entropy;
  readonly profile: DurationProfile;
}

/**
 * A check of the flow, for `dispatch`. It carries the envelope, or its reference, so that it can rebuild a message that was
 * lost; and the trace, so that a job which is mended days later is still found from its request. `armedAt` is the turn that
 * arms it, in ms since 1970.
 */
export function checkMessage(
  { entropy, profile }: CheckPorts,
  source: Source,
  { flow, armedAt }: { readonly flow: string; readonly armedAt: number },
): OutgoingMessage {
  const address = { kind: "check", flow, id: randomId(entropy), armedAt } as const;
  return readdressed(source, address, { delaySeconds: profile.checkDelaySeconds });
}

/** A check of a flow whose envelope nobody has any more: it can close, and rebuild nothing. */
export function closeMessage(
  { entropy, profile }: CheckPorts,
  source: Source,
  flow: string,
): OutgoingMessage {
  const address = { kind: "close", flow, id: randomId(entropy) } as const;
  return readdressed(source, address, { delaySeconds: profile.checkDelaySeconds });
}

/** A job's own message, for its queue. `envelope` is what the body says, undefined where that is a pointer: a flow's jobs share it. */
export function runMessage(
  source: Source,
  envelope: Envelope | undefined,
  address: RunAddress,
): OutgoingMessage {
  const body = envelope ? encodeEnvelope(envelopeOf(envelope, address.key)) : source.body;
  return readdressed({ ...source, body }, address);
}

function sizeOf(attributes: MessageAttributes): MessageAttributes {
  const size = attributes[sizeAttribute] ?? attributes[legacySizeAttribute];
  return size === undefined ? {} : { [sizeAttribute]: size };
}
