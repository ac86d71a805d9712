import { webhookTimes } from "../catalog/queue-settings.ts";
import { readHanging } from "./lines.ts";
import { moveToEnd } from "./park.ts";
import { type Parked, readParked, windowSize } from "./parked.ts";
import { nextTurn, turnAfterReading } from "./probe-schedule.ts";
import type { LineItem } from "./records.ts";
import { tryParked } from "./try-parked.ts";
import type { WebhookPorts } from "./webhook-ports.ts";

/** How far a turn has come. */
export interface Progress {
  /** As it stands now, but for `tail`. */
  readonly line: LineItem;
  /** The first slot that somebody still waits in, or the end. */
  readonly head: number;
  /** The end of what was seen. */
  readonly tail: number;
  /** When the next turn is; undefined where nobody waits. */
  readonly due: number | undefined;
}

/** One receiver's share of a worker: as many posts at the same time, reached step by step while all goes well. */
export const mostAtOnce = 10;

/**
 * Sends what is parked in a line that answers, in order: all that is due, or that waited for it to be back; last, and one for each URL, what is
 * for endpoints that hang. Ends when all were seen, when the line is down again, or when there isn't time for one more post; then the next is due at
 * once. Throws what the ports throw.
 */
export async function drain(
  ports: WebhookPorts,
  start: LineItem,
  enoughTime: () => boolean,
): Promise<Progress> {
  const { head = 0, tail = 0 } = start;
  const waiting = createWaiting();
  let line = start;
  let atOnce = 1;
  const rests = new Map<string, number>();
  const hanging = createHanging(ports, start);
  for (let next = head; next < tail; next += windowSize) {
    const parked = await readParked(ports, start, next, Math.min(tail, next + windowSize));
    const now = ports.clock.now();
    const isReady = ({ held, due = 0 }: Parked) => held === true || due <= now;
    waiting.add(parked.filter((each) => !isReady(each)));
    const { others: ready, resting } = await hanging.without(parked.filter(isReady));
    waiting.add(resting);
    const sent = await send(ports, line, { ready, rests, atOnce, enoughTime });
    waiting.add(sent.kept);
    waiting.add(sent.left);
    ({ line, atOnce } = sent);
    const isCut = sent.left.length > 0 || !enoughTime();
    if (isCut) {
      waiting.add(hanging.firsts);
      return { line, head: waiting.first ?? next, tail, due: nextTurn(ports, line) };
    }
  }
  const last = await send(ports, line, { ready: hanging.firsts, rests, atOnce: mostAtOnce, enoughTime });
  waiting.add(last.kept);
  waiting.add(last.left);
  if (last.left.length > 0)
    return { line: last.line, head: waiting.first ?? tail, tail, due: nextTurn(ports, last.line) };
  const { due } = waiting;
  const next = due === undefined ? undefined : turnAfterReading(ports, due, (waiting.count - 1) / windowSize);
  return { line: last.line, due: next, ...(await closeUp(ports, waiting, { head, tail })) };
}

/**
 * Of a line of an origin what waits for endpoints that hang: the first of each of some URLs, which is tried when all others are done with, and the rest,
 * which waits as for a URL that asked for it.
 */
function createHanging(ports: WebhookPorts, { kind }: LineItem) {
  const firsts = new Map<string, Parked>();
  return {
    get firsts() {
      return [...firsts.values()];
    },
    async without(ready: readonly Parked[]) {
      const urls = kind === "origin" ? await readHanging(ports, ready) : new Set<string>();
      const due = ports.clock.now() + webhookTimes(ports.profile).longestRestSeconds * 1000;
      const resting: Parked[] = [];
      for (const each of ready.filter(({ url }) => urls.has(url))) {
        if (firsts.size < mostAtOnce && !firsts.has(each.url)) firsts.set(each.url, each);
        else resting.push({ ...each, due });
      }
      return { others: ready.filter(({ url }) => !urls.has(url)), resting };
    },
  };
}

interface Waiting {
  readonly count: number;
  /** The least slot, and the earliest time. */
  readonly first: number | undefined;
  readonly due: number | undefined;
  /** All of them, where they are few enough to be moved. */
  readonly few: readonly Parked[];
}

/** Counts those that go on waiting: there may be more than the memory should hold. */
function createWaiting(): Waiting & { add(parked: readonly Parked[]): void } {
  const seen = { count: 0, first: Number.POSITIVE_INFINITY, due: Number.POSITIVE_INFINITY };
  const few: Parked[] = [];
  return {
    add(parked) {
      for (const each of parked) {
        seen.count++;
        seen.first = Math.min(seen.first, each.slot);
        seen.due = Math.min(seen.due, each.due ?? 0);
        if (few.length <= mostMoved) few.push(each);
      }
    },
    few,
    get count() {
      return seen.count;
    },
    get first() {
      return seen.count === 0 ? undefined : seen.first;
    },
    get due() {
      return seen.count === 0 ? undefined : seen.due;
    },
  };
}

async function send(
  ports: WebhookPorts,
  start: LineItem,
  {
    ready,
    rests,
    enoughTime,
    ...pace
  }: {
    readonly ready: readonly Parked[];
    /** The URLs that have asked for a rest in this turn, and until when. */
    readonly rests: Map<string, number>;
    readonly atOnce: number;
    readonly enoughTime: () => boolean;
  },
) {
  let { atOnce } = pace;
  let line = start;
  let left = [...ready];
  const kept: Parked[] = [];
  while (line.since === undefined && enoughTime()) {
    // What waits for a URL that rests isn't posted there in vain.
    kept.push(
      ...left.flatMap((each) => (rests.has(each.url) ? { ...each, due: rests.get(each.url) ?? 0 } : [])),
    );
    left = left.filter(({ url }) => !rests.has(url));
    if (left.length === 0) break;
    const group = left.splice(0, atOnce);
    const seen = line;
    const tried = await Promise.all(group.map((each) => tryParked(ports, each, seen)));
    kept.push(...tried.flatMap((each) => each.kept ?? []));
    for (const [index, { rest }] of tried.entries()) {
      const url = group[index]?.url;
      if (url !== undefined && rest !== undefined) rests.set(url, rest);
    }
    // Of answers that came at the same time, the one that says that it is down.
    line = tried.find((each) => each.line.since !== undefined)?.line ?? tried.at(-1)?.line ?? line;
    atOnce = tried.every(({ delivered }) => delivered) ? Math.min(mostAtOnce, atOnce * 2) : 1;
  }
  return { line, atOnce, left, kept };
}

/** Those few that go on waiting among many that are done with are moved to the end, else each turn would read all of them again. */
async function closeUp(
  ports: WebhookPorts,
  { count, few, first }: Waiting,
  { tail }: { readonly head: number; readonly tail: number },
): Promise<Pick<Progress, "head" | "tail">> {
  const head = first ?? tail;
  const isSparse = tail - head > 2 * windowSize && count < (tail - head) / 2;
  if (!isSparse || count > mostMoved) return { head, tail };
  const inOrder = few.toSorted((a, b) => a.slot - b.slot);
  for (const [index, each] of inOrder.entries()) {
    if (!(await moveToEnd(ports, each))) return { head: each.slot, tail: tail + index + 1 };
  }
  return { head: tail, tail: tail + count };
}

/** A move is three writes. */
const mostMoved = 500;
