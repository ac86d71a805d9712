import { jitteredHoldSeconds } from "../catalog/jittered-hold.ts";
import { holdSeconds, webhookTimes } from "../catalog/queue-settings.ts";
import type { DeliveryItem, LineItem } from "./records.ts";
import type { WebhookPorts } from "./webhook-ports.ts";

// When the probe of a line has its next turn is decided here, and nowhere else. Times are milliseconds since 1970.

type SchedulePorts = Pick<WebhookPorts, "clock" | "profile" | "entropy">;

/**
 * When the turn is that follows an attempt: as soon as one of those that wait is due, by default at once. A line that is down isn't
 * tried before a hold is over: a twelfth of the time that it is down, an hour at the most.
 */
export function nextTurn(ports: SchedulePorts, { since }: Pick<LineItem, "since">, due = 0): number {
  const now = ports.clock.now();
  const soonest = since === undefined ? now : now + jitteredHoldSeconds(ports, since) * 1000;
  return Math.max(soonest, due);
}

/** For each hundred that wait. */
const pauseSeconds = 1;

/** The turn after one that has read so many that wait, the first of them until `due`: the more there are, the longer it is until they are read again. */
export function turnAfterReading({ clock }: SchedulePorts, due: number, hundreds: number): number {
  return Math.max(due, clock.now() + Math.floor(hundreds * pauseSeconds * 1000));
}

/** What is known of a delivery that is being parked. */
type Newcomer = Pick<DeliveryItem, "due" | "held">;

/**
 * By when a turn has to come for a delivery that is being parked. In a line that is down that is the next look, whenever its own time is: whoever
 * is due then is tried, and who gets through takes the others along.
 */
export function turnFor(
  ports: SchedulePorts,
  line: Pick<LineItem, "since"> | undefined,
  delivery: Newcomer,
): number {
  return line?.since === undefined ? dueOf(ports, delivery) : nextTurn(ports, line);
}

/** Whether the turn that a line's probe is set for comes too late for a delivery that is being parked. */
export function isTooLate(
  ports: SchedulePorts,
  { since, probeDue = 0 }: Pick<LineItem, "since" | "probeDue">,
  delivery: Newcomer,
): boolean {
  const { clock, profile } = ports;
  const now = clock.now();
  const latest =
    since === undefined ? dueOf(ports, delivery) : now + holdSeconds((now - since) / 1000, profile) * 1000;
  return probeDue > latest + webhookTimes(profile).probeSlackSeconds * 1000;
}

/** What was parked behind a line that has come back meanwhile goes at once. */
function dueOf({ clock }: SchedulePorts, { held, due }: Newcomer): number {
  const now = clock.now();
  return held ? now : (due ?? now);
}

/** Whether the probe's message won't come: a purge took it, or the queue will have kept it for too long. */
export function isLost(
  { clock, profile }: Pick<SchedulePorts, "clock" | "profile">,
  { probeDue = 0, probeSetAt = 0, turnEnd = 0 }: LineItem,
): boolean {
  const { probeLostSeconds, probeLifeSeconds } = webhookTimes(profile);
  const now = clock.now();
  return (
    Math.max(probeDue, turnEnd) + probeLostSeconds * 1000 < now || probeSetAt + probeLifeSeconds * 1000 < now
  );
}
