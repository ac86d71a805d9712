import { webhookTimes } from "../catalog/queue-settings.ts";
import { type Attempt, attempt } from "./attempt.ts";
import { isDisabled } from "./endpoints.ts";
import { asLine, noteAttempt } from "./lines.ts";
import { asParked, type Parked } from "./parked.ts";
import { endpointLine, isFinal, type LineItem, lineId, originLine } from "./records.ts";
import { logChange } from "./webhook-log.ts";
import type { WebhookPorts } from "./webhook-ports.ts";
import { deliveryChanged } from "./writes.ts";

/** What became of a parked delivery. */
export interface Tried {
  readonly delivered: boolean;
  /** The delivery where it goes on waiting in its slot. */
  readonly kept?: Parked;
  /** Where its endpoint has asked for it, or hangs: when the next may be posted there. */
  readonly rest?: number;
  /** The line that it waits in as it stands after it. */
  readonly line: LineItem;
}

/** One attempt at a parked delivery, recorded. While its line is down it is one of those that go as soon as that is back. */
export async function tryParked(ports: WebhookPorts, delivery: Parked, known: LineItem): Promise<Tried> {
  const { table, clock } = ports;
  const { url, slot } = delivery;
  const [origin, endpoint] = [originLine(url), endpointLine(url)];
  const found = await table.get([lineId(origin), lineId(endpoint)]);
  const disabled = isDisabled(found.get(lineId(endpoint)));
  const { change, ...seen } = await attempt(ports, delivery, { disabled });
  const lines = await noteAttempt(ports, delivery, seen, {
    origin: known.line === origin ? known : asLine(found.get(lineId(origin)), origin),
    endpoint: known.line === endpoint ? known : asLine(found.get(lineId(endpoint)), endpoint),
  });
  const line = (known.line === origin ? lines.origin : lines.endpoint) ?? known;
  const held = line.since === undefined ? {} : { held: true };
  const recorded = isFinal(change)
    ? change
    : { ...change, ...held, state: "parked" as const, line: line.line, slot };
  const { record } = await table.update(deliveryChanged(delivery, recorded, clock.now()));
  logChange(ports, delivery, recorded);
  const kept = asParked(record, line.line, slot);
  return {
    delivered: change.state === "delivered",
    ...(kept ? { kept } : {}),
    ...restOf(ports, seen, line.kind === "origin" ? lines.endpoint : undefined),
    line,
  };
}

/** What its receiver asks for; and what hangs keeps those of other endpoints that wait for the same origin from their turn once. */
function restOf(
  { clock, profile }: WebhookPorts,
  { verdict }: Pick<Attempt, "verdict">,
  endpoint: LineItem | undefined,
): { readonly rest?: number } {
  const { longestRestSeconds } = webhookTimes(profile);
  const asked = verdict.kind === "failed" ? verdict.retryAfterSeconds : undefined;
  const seconds = endpoint?.since === undefined ? asked : longestRestSeconds;
  return seconds === undefined ? {} : { rest: clock.now() + Math.min(seconds, longestRestSeconds) * 1000 };
}
