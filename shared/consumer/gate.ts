import { type Breaker, openReason, openSince } from "../breaker/breaker.ts";
import { type JobRecord, jobOf } from "../flow/flow-record.ts";
import { isFinal } from "../flow/state-machine.ts";
import type { ConsumerTools } from "./consumer-ports.ts";
import type { Delivery, Disposition } from "./delivery.ts";
import { hold } from "./hold.ts";
import { refusedBy } from "./settle.ts";

/** The way is free, or the job is the one that tries whether it is: `probing` are the breakers that are open. */
export interface Passage {
  readonly probing: readonly Breaker[];
}

/**
 * C2 of the protocol, before the load and before any lease. While a service that the job needs is down, or the job is
 * paused, it is held without an attempt; one job a minute, of all workers, is let through to try: of those whose input
 * `isReadable`, which is asked only then.
 */
export async function passBreakers(
  ports: ConsumerTools,
  delivery: Delivery,
  isReadable: () => Promise<boolean>,
): Promise<Passage | Disposition> {
  const { message, address } = delivery;
  const open = await ports.watch.open(message.receiveCount > 1 || address.again);
  const [first] = [...open].sort((one, other) => (openSince(one) ?? 0) - (openSince(other) ?? 0));
  if (!first) return { probing: [] };
  if (open.every((breaker) => isProbeDue(ports, breaker))) {
    const flow = await ports.ledger.read(address.flow);
    // A copy of a job that can't run now must not use up the minute's only try.
    if (!canRun(jobOf(flow, address.key), delivery, ports.clock.now()))
      return refusedBy(ports, delivery, flow, "lease");
    // Nor must one that would never come to ask the service, for want of its input.
    const probing = (await isReadable()) ? await electAll(ports, open) : undefined;
    if (probing) return { probing };
  }
  return hold(ports, delivery, { reason: openReason(first), since: openSince(first) ?? ports.clock.now() });
}

function isProbeDue({ clock, profile }: ConsumerTools, { pausedAt, probedAt = 0 }: Breaker): boolean {
  return pausedAt === undefined && clock.now() - probedAt >= profile.breaker.probeSeconds * 1000;
}

function canRun(job: JobRecord | undefined, { address }: Delivery, now: number): boolean {
  if (!job || job.run !== address.run || isFinal(job.status)) return false;
  return (job.status === "running" ? (job.leaseEnd ?? 0) : (job.due ?? 0)) <= now;
}

/** Undefined where another worker has the turn, or the breaker isn't what it was. */
async function electAll(
  { breakers, watch, profile, log, job: { name } }: ConsumerTools,
  open: readonly Breaker[],
): Promise<readonly Breaker[] | undefined> {
  const probing: Breaker[] = [];
  for (const seen of open) {
    const elected = await breakers.elect(seen, profile.breaker.probeSeconds);
    if (!elected) {
      watch.forget();
      return undefined;
    }
    watch.note(elected);
    probing.push(elected);
  }
  log({ level: "info", event: "breaker.probing", queue: name });
  return probing;
}
