import { longestDelaySeconds } from "../catalog/queue-settings.ts";
import { encodeAddress, parseAddress } from "../envelope/address.ts";
import { NotAnEnvelopeError } from "../envelope/envelope.ts";
import type { OutgoingMessage, ReceivedMessage } from "../queue/queue.ts";
import { isLine, type Line } from "./records.ts";

/** The message that stands for all that is parked in one line. */
export interface Probe {
  /** Its own, by which the line's item knows it. */
  readonly id: string;
  readonly line: Line;
}

/** Of it the queue's delay is used as far as that goes: a message that is delayed isn't in flight. */
export function probeMessage({ id, line }: Probe, seconds: number): OutgoingMessage {
  return {
    body: JSON.stringify({ origin: line }),
    attributes: encodeAddress({ kind: "probe", id }),
    delaySeconds: Math.min(longestDelaySeconds, Math.max(0, Math.ceil(seconds))),
  };
}

/** Whether a message of the webhook queue is a probe's, of whatever version. */
export function isProbe({ attributes: { errand } }: Pick<ReceivedMessage, "attributes">): boolean {
  return String(errand).startsWith("probe/");
}

/**
 * Reads a probe's message.
 * @throws NotAnEnvelopeError, UnknownVersionError
 */
export function parseProbe({ attributes, body }: Pick<ReceivedMessage, "attributes" | "body">): Probe {
  const address = parseAddress(attributes);
  if (address.kind !== "probe") throw new NotAnEnvelopeError(`errand: probe, got ${address.kind}`);
  return { id: address.id, line: lineIn(body) };
}

function lineIn(body: string): Line {
  try {
    // So called since before there were lines of endpoints.
    const { origin } = JSON.parse(body) as { readonly origin?: unknown };
    if (isLine(origin)) return origin;
  } catch {
    // Refused below, like any other value.
  }
  throw new NotAnEnvelopeError("body: JSON with an origin, or an endpoint of one, got something else");
}
