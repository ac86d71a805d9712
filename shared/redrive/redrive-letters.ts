import type { QueueName } from "../queue/queue.ts";
import type { Letter } from "./letter-box.ts";
import { type LetterSummary, summaryOf } from "./letter-summary.ts";
import { giveBack, readLetters, withoutBody } from "./read-letters.ts";
import { type Redriven, type RedrivePorts, redriveLetter } from "./redrive-letter.ts";

/** What became of a letter, or why a port refused: then it is still there. */
export type Outcome = Redriven | { readonly kind: "failed"; readonly reason: string };

export interface RedriveOptions {
  /** By the queues' own names, not those of their dead letters. */
  readonly queues: readonly QueueName[];
  readonly isWanted: (letter: Letter) => boolean;
  /** Letters a second: a redrive of thousands at once would hit the service that was down a moment ago. */
  readonly perSecond: number;
  /** Whether it is only told what would become of them. */
  readonly dryRun: boolean;
  /** Ends it early: what is under way is finished, the rest given back. */
  readonly signal: AbortSignal;
  /** Told of the letters that were found, before they are worked. */
  readonly onFound: (count: number) => void;
  readonly onOutcome: (letter: Letter, outcome: Outcome) => void;
}

/**
 * Redrives the letters that are wanted, in rounds over all queues; none that was written because a job failed once more
 * meanwhile.
 */
export async function redriveLetters(ports: RedrivePorts, options: RedriveOptions): Promise<void> {
  const pace = createPace(ports, options);
  const news = createNews(options);
  for (let queues = options.queues; queues.length > 0 && !options.signal.aborted; ) {
    const most = Math.max(1, Math.floor(mostInRound(options.perSecond) / queues.length));
    const found = await findAll(ports, queues, news.isNew, most);
    const letters = found.flatMap((each) => each.letters);
    options.onFound(letters.length);
    await redriveAll(ports, letters, pace, { ...options, onOutcome: news.onOutcome });
    queues = queues.filter((_, index) => found[index]?.more);
  }
}

/** As many as are redriven in two minutes, so that none comes back before its turn; and no more than memory holds. */
function mostInRound(perSecond: number): number {
  return Math.min(1000, perSecond * 120);
}

/** What this redrive has seen: with a cause that isn't mended, its own letters would come round for ever. */
function createNews({ isWanted, onOutcome }: Pick<RedriveOptions, "isWanted" | "onOutcome">) {
  const seen = new Set<string>();
  const runs = new Map<string, number>();
  const failedAgain = ({ job = "", run = 0 }: LetterSummary) =>
    run >= (runs.get(job) ?? Number.POSITIVE_INFINITY);
  return {
    isNew: (letter: Letter) =>
      !seen.has(letter.message.id) && !failedAgain(summaryOf(letter)) && isWanted(letter),
    onOutcome(letter: Letter, outcome: Outcome) {
      seen.add(letter.message.id);
      if (outcome.kind === "redriven") runs.set(summaryOf(letter).job ?? "", outcome.run);
      onOutcome(letter, outcome);
    },
  };
}

interface Found {
  readonly letters: readonly Letter[];
  /** Whether there may be more. */
  readonly more: boolean;
}

/** Of each queue up to `most` of the letters that are wanted. One that can't be looked at ends it: then all are given back. */
async function findAll(
  ports: RedrivePorts,
  queues: readonly QueueName[],
  isWanted: (letter: Letter) => boolean,
  most: number,
): Promise<readonly Found[]> {
  const looks = queues.map((queue) => find(ports, queue, isWanted, most));
  try {
    return await Promise.all(looks);
  } catch (error) {
    const ended = await Promise.allSettled(looks);
    const found = ended.flatMap((look) => (look.status === "fulfilled" ? look.value.letters : []));
    await giveBack(ports, found);
    throw error;
  }
}

/** All that it doesn't answer is given back. */
async function find(
  ports: RedrivePorts,
  queue: QueueName,
  isWanted: (letter: Letter) => boolean,
  most: number,
): Promise<Found> {
  const letters: Letter[] = [];
  const others: Letter[] = [];
  let more = false;
  try {
    for await (const batch of readLetters(ports, queue)) {
      for (const letter of batch) {
        if (letters.length < most && isWanted(letter)) letters.push(letter);
        else others.push(withoutBody(letter));
      }
      more = letters.length === most;
      if (more) break;
    }
    return { letters, more };
  } catch (error) {
    others.push(...letters);
    throw error;
  } finally {
    await giveBack(ports, others);
  }
}

/** Calls of one letter take a while from afar; this many letters are under way at the most. */
const mostRunning = 50;

async function redriveAll(
  ports: RedrivePorts,
  letters: readonly Letter[],
  pace: () => Promise<void>,
  { dryRun, signal, onOutcome }: RedriveOptions,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let next = 0;
  for (const letter of letters) {
    if (!dryRun) await pace();
    if (signal.aborted) break;
    next++;
    const work = redriveSafely(ports, letter, dryRun)
      .then((outcome) => onOutcome(letter, outcome))
      .finally(() => running.delete(work));
    running.add(work);
    if (running.size >= mostRunning) await Promise.race(running);
  }
  await Promise.all(running);
  await giveBack(ports, letters.slice(next));
}

/** What is still a letter afterwards is given back at once. */
async function redriveSafely(ports: RedrivePorts, letter: Letter, dryRun: boolean): Promise<Outcome> {
  const outcome = await redriveLetter(ports, letter, { dryRun }).catch((error: unknown): Outcome => {
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  });
  if (dryRun || outcome.kind === "left" || outcome.kind === "failed") await giveBack(ports, [letter]);
  return outcome;
}

/** Waits until the next may begin: evenly, `perSecond` of them a second. Ends at once where the redrive is to end. */
function createPace(
  { clock }: Pick<RedrivePorts, "clock">,
  { perSecond, signal }: Pick<RedriveOptions, "perSecond" | "signal">,
): () => Promise<void> {
  let nextAt = clock.now();
  return async () => {
    const wait = nextAt - clock.now();
    nextAt = Math.max(nextAt, clock.now()) + 1000 / perSecond;
    if (wait <= 0 || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = clock.after(wait, resolve);
    const end = () => resolve();
    signal.addEventListener("abort", end);
    await promise;
    signal.removeEventListener("abort", end);
    cancel();
  };
}
