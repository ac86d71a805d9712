import { webhookTimes } from "../catalog/queue-settings.ts";
import { drain, mostAtOnce, type Progress } from "./drain.ts";
import { isDownByHanging, readHanging } from "./lines.ts";
import { moveToEnd } from "./park.ts";
import { type Parked, readParked, windowSize } from "./parked.ts";
import { nextTurn } from "./probe-schedule.ts";
import type { LineItem } from "./records.ts";
import { tryParked } from "./try-parked.ts";
import type { WebhookPorts } from "./webhook-ports.ts";

/**
 * Tries one of those that wait for a line that is down, no more often than its own schedule says: the first hundred's that is due first,
 * or the next hundred's where none of these is due. What goes on waiting goes to the end, so that each has its turn. When it gets through, all go.
 * Behind an origin that is taken for down since endpoints of it hang, one each of several URLs is tried: another may be well.
 */
export async function knock(
  ports: WebhookPorts,
  start: LineItem,
  enoughTime: () => boolean,
): Promise<Progress> {
  const { clock } = ports;
  const { tail = 0 } = start;
  let { head = 0 } = start;
  let from = head;
  let line = start;
  /** When the first of each hundred that was passed over is due. */
  const passed: number[] = [];
  while (from < tail) {
    const end = Math.min(tail, from + windowSize);
    const parked = await readParked(ports, line, from, end);
    if (passed.length === 0) head = parked[0]?.slot ?? end;
    const group = await chosen(ports, line, parked);
    if (group.length === 0) {
      passed.push(...earliestOf(dues(parked)));
      from = end;
      continue;
    }
    if (!enoughTime()) return { line, head, tail, due: clock.now() };
    const before = line;
    const tried = await Promise.all(group.map((each) => tryParked(ports, each, before)));
    const answering = tried.find((each) => each.line.since === undefined);
    if (answering) return drain(ports, { ...answering.line, head, tail }, enoughTime);
    line = tried.at(-1)?.line ?? line;
    const kept = tried.flatMap((each) => each.kept ?? []);
    if (kept.length > 0) {
      const others = parked.filter((each) => !group.includes(each));
      // Of those that come after these nothing is known.
      const known = end === tail ? Math.min(...passed, ...dues([...kept, ...others])) : 0;
      return { line, head, tail: await moveAll(ports, kept, tail), due: nextTurn(ports, line, known) };
    }
    // So slowly that the line is still down: the next. So it is where all ended without an answer that counts.
    if (tried.some(({ delivered }) => delivered)) return { line, head, tail, due: clock.now() };
  }
  return { line, head, tail, due: earliestOf(passed)[0] };
}

/** Moves them to the end, which is answered: their numbers are taken, even where a delivery was changed meanwhile. */
async function moveAll(ports: WebhookPorts, kept: readonly Parked[], tail: number): Promise<number> {
  for (const each of kept) await moveToEnd(ports, each);
  return tail + kept.length;
}

/** Of those that are due the first, or the first of each of several URLs, before all those of which nobody knows yet that they hang. */
async function chosen(
  ports: WebhookPorts,
  line: LineItem,
  parked: readonly Parked[],
): Promise<readonly Parked[]> {
  const now = ports.clock.now();
  const due = parked
    .filter((each) => earliest(ports, each) <= now)
    .toSorted((a, b) => (a.due ?? 0) - (b.due ?? 0));
  if (!isDownByHanging(line)) return due.slice(0, 1);
  const hanging = await readHanging(ports, due);
  const firsts = due.filter(({ url }, index) => due.findIndex((each) => each.url === url) === index);
  return firsts
    .toSorted((a, b) => Number(hanging.has(a.url)) - Number(hanging.has(b.url)))
    .slice(0, mostAtOnce);
}

/** When one may be tried: what has waited for too long is given up at once. */
function earliest({ clock, profile }: WebhookPorts, { due = 0, createdAt }: Parked): number {
  const now = clock.now();
  const isOver = now - createdAt > webhookTimes(profile).longestLifeSeconds * 1000;
  return isOver ? now : due;
}

function dues(parked: readonly Parked[]): readonly number[] {
  return parked.map(({ due = 0 }) => due);
}

/** Of none there is none. */
function earliestOf(times: readonly number[]): readonly number[] {
  return times.length === 0 ? [] : [Math.min(...times)];
}
