import type { DurationProfile } from "../catalog/queue-settings.ts";
import { legacySizeAttribute, sizeAttribute } from "../claim-check/pointer.ts";
import type { Entropy } from "../clock/entropy.ts";
import { randomId } from "../flow/ids.ts";
import type { MessageAttributes, OutgoingMessage, ReceivedMessage } from "../queue/queue.ts";
import { encodeAddress, type RunAddress } from "./address.ts";
import { type Envelope, encodeEnvelope, envelopeOf } from "./envelope.ts";

/** A message that carries a flow's envelope, a job's part of it, or the pointer to it: others are made of it. */
export type Source = Pick<ReceivedMessage, "body" | "attributes" | "trace">;

/**
 * A check of the flow, for `dispatch`. It carries the envelope, or its reference, so that it can rebuild a message that was
 * lost; and the trace, so that a job which is mended days later is still found from its request. `armedAt` is the turn that
 * arms it, in ms since 1970.
 */
export function checkMessage(
  { entropy, profile }: { readonly entropy: Entropy; readonly profile: DurationProfile },
  { body, attributes, trace }: Source,
  { flow, armedAt }: { readonly flow: string; readonly armedAt: number },
): OutgoingMessage {
  const address = encodeAddress({ kind: "check", flow, id: randomId(entropy), armedAt });
  return {
    body,
    attributes: { ...address, ...sizeOf(attributes) },
    delaySeconds: profile.checkDelaySeconds,
    trace,
  };
}

/** A job's own message, for its queue. `envelope` is what the body says, undefined where that is a pointer: a flow's jobs share it. */
export function runMessage(
  { body, attributes, trace }: Source,
  envelope: Envelope | undefined,
  address: RunAddress,
): OutgoingMessage {
  return {
    body: envelope ? encodeEnvelope(envelopeOf(envelope, address.key)) : body,
    attributes: { ...encodeAddress(address), ...sizeOf(attributes) },
    trace,
  };
}

function sizeOf(attributes: MessageAttributes): MessageAttributes {
  const size = attributes[sizeAttribute] ?? attributes[legacySizeAttribute];
  return size === undefined ? {} : { [sizeAttribute]: size };
}
