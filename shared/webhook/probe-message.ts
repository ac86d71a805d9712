import { NotAnEnvelopeError } from "../envelope/envelope.ts";
import type { MessageAttributes, OutgoingMessage } from "../queue/queue.ts";

/** The message that stands for all that is parked behind one origin. */
export interface Probe {
  /** Its own, by which the origin's item knows it. */
  readonly id: string;
  readonly origin: string;
}

export const notifyQueue = "notify";

/** SQS's longest delay. */
const longestDelaySeconds = 900;

/** Of it the queue's delay is used as far as that goes: a message that is delayed isn't in flight. */
export function probeMessage({ id, origin }: Probe, seconds: number): OutgoingMessage {
  return {
    body: JSON.stringify({ origin }),
    attributes: { errand: "probe/2", id },
    delaySeconds: Math.min(longestDelaySeconds, Math.max(0, Math.ceil(seconds))),
  };
}

/** @throws NotAnEnvelopeError */
export function parseProbe(attributes: MessageAttributes, body: string): Probe {
  const { id } = attributes;
  const origin = originOf(body);
  if (typeof id !== "string" || origin === undefined)
    throw new NotAnEnvelopeError("body: a probe's, with its origin, got something else");
  return { id, origin };
}

function originOf(body: string): string | undefined {
  try {
    const { origin } = JSON.parse(body) as { readonly origin?: unknown };
    return typeof origin === "string" && new URL(origin).origin === origin ? origin : undefined;
  } catch {
    return undefined;
  }
}
