import { OutageError } from "../catalog/job-errors.ts";
import {
  type DurationProfile,
  flowDeadlineSeconds,
  holdSeconds,
  type QueueLimits,
  queueSettings,
} from "../catalog/queue-settings.ts";
import type { Clock } from "../clock/clock.ts";
import { runWithin } from "../clock/run-within.ts";
import { subjectOf } from "../envelope/address.ts";
import { noticeLetter, setAside, strangerLetter } from "../envelope/dead-letter.ts";
import { NotAnEnvelopeError } from "../envelope/envelope.ts";
import type { Log } from "../log/event.ts";
import type { Queue, QueueName, ReceivedMessage } from "../queue/queue.ts";
import { done, hideFor, type Next } from "./next.ts";

/** What working a queue of notices takes, whatever they are told to. */
export interface NoticeWorkerPorts {
  readonly queue: Queue;
  readonly clock: Clock;
  readonly log: Log;
  readonly profile: DurationProfile;
}

/** What a queue of notices is for. */
export interface NoticeWork<Said> {
  readonly queue: QueueName;
  readonly limits: QueueLimits;
  /**
   * What a message says.
   * @throws NotAnEnvelopeError, UnknownVersionError
   */
  read(message: ReceivedMessage): Said;
  /**
   * Begins a batch by all that it says; the answer works its messages one by one, and has to bear that one comes again. What that throws
   * makes its message wait, after eleven days for a letter.
   */
  begin(
    said: readonly Said[],
    remaining: () => number,
  ): (said: Said, message: ReceivedMessage) => Promise<Next>;
}

/** Works the messages of one queue of notices. */
export interface NoticeWorker {
  /**
   * Works a batch, its messages side by side, so that one that takes its time holds none of the others back; answers the ids of the messages to
   * be delivered again. `remaining` tells the milliseconds that are left for it, by default those of a function that has just begun. Never throws.
   */
  process(messages: readonly ReceivedMessage[], remaining?: () => number): Promise<readonly string[]>;
}

/** A worker over its ports. */
export function createNoticeWorker<Said>(ports: NoticeWorkerPorts, work: NoticeWork<Said>): NoticeWorker {
  return {
    async process(messages, remaining = wholeTime(ports, work.limits)) {
      const read = messages.map((message) => ({ message, ...readSafely(work, message) }));
      const workOne = work.begin(
        read.flatMap((each) => ("said" in each ? [each.said] : [])),
        remaining,
      );
      const returned = await Promise.all(
        read.map(async ({ message, ...each }) => {
          const next = async () =>
            "said" in each ? workOne(each.said, message) : refused(ports, work, message, each.error);
          return (await follow(ports, work, message, next)) ? [] : [message.id];
        }),
      );
      return returned.flat();
    },
  };
}

function wholeTime({ profile, clock }: NoticeWorkerPorts, limits: QueueLimits): () => number {
  const end = clock.now() + queueSettings(limits, profile).functionTimeoutSeconds * 1000;
  return () => end - clock.now();
}

/** What a message says, or why it can't be read. */
type Read<Said> = { readonly said: Said } | { readonly error: unknown };

function readSafely<Said>(work: NoticeWork<Said>, message: ReceivedMessage): Read<Said> {
  try {
    return { said: work.read(message) };
  } catch (error) {
    return { error };
  }
}

type Queued = Pick<NoticeWork<never>, "queue">;

/** No notice of ours goes to the dead letters with its bytes; a newer one waits for the deploy that knows it. */
async function refused(
  ports: NoticeWorkerPorts,
  { queue: name }: Queued,
  message: ReceivedMessage,
  error: unknown,
): Promise<Next> {
  const { queue, log } = ports;
  const reason = error instanceof Error ? error.message : String(error);
  if (!(error instanceof NotAnEnvelopeError)) {
    log({ level: "warn", event: "message.hidden", ...subjectOf(name, message), reason });
    return wait(ports, message);
  }
  await setAside(queue, name, strangerLetter(message, reason));
  log({ level: "warn", event: "message.dead-lettered", ...subjectOf(name, message), reason });
  return done;
}

/** Does what is to become of a message. Whether it may be acknowledged; trouble of our own makes it wait. Never throws. */
async function follow(
  ports: NoticeWorkerPorts,
  work: Queued,
  message: ReceivedMessage,
  nextOf: () => Promise<Next>,
): Promise<boolean> {
  const about = subjectOf(work.queue, message);
  try {
    const next = await nextOf().catch((error: unknown) => afterTrouble(ports, work, message, error));
    if (next.kind === "done") return true;
    if (next.kind === "hide") {
      await ports.queue.hide(work.queue, message, next.seconds);
      return false;
    }
    await setAside(ports.queue, work.queue, noticeLetter(message, next.reason));
    ports.log({ level: "warn", event: "message.dead-lettered", ...about, reason: next.reason });
    return true;
  } catch (error) {
    // Not hidden, it comes again after its visibility timeout.
    ports.log({ level: "warn", event: "message.failed", ...about, reason: wordsOf(error) });
    return false;
  }
}

/**
 * What becomes of a message whose work threw, which is logged: it waits, longer the longer it has failed, since an outage of days should cost little. After as
 * long as a flow may take itself it is about to expire, and is a letter.
 */
export function afterTrouble(
  ports: NoticeWorkerPorts,
  { queue }: Queued,
  message: ReceivedMessage,
  error: unknown,
): Next {
  const reason = wordsOf(error);
  ports.log({ level: "warn", event: "message.failed", ...subjectOf(queue, message), reason });
  const isLast = ports.clock.now() > message.sentAt + flowDeadlineSeconds * 1000;
  return isLast ? { kind: "letter", reason: `for 11 days: ${reason}` } : wait(ports, message);
}

/** A twelfth of its age. */
function wait(
  { clock, profile }: Pick<NoticeWorkerPorts, "clock" | "profile">,
  { sentAt }: Pick<ReceivedMessage, "sentAt">,
): Next {
  return hideFor(holdSeconds((clock.now() - sentAt) / 1000, profile));
}

class TimedOutError extends Error {}

/**
 * Gives work so many seconds, so that it keeps nothing else of its batch from its end.
 * @throws what the work throws; an Error where it takes longer
 */
export async function within<Value>(
  clock: Clock,
  seconds: number,
  work: () => Promise<Value>,
): Promise<Value> {
  const ended = await runWithin(work, { clock, deadline: clock.now() + seconds * 1000 });
  if (ended.kind === "returned") return ended.value;
  if (ended.kind === "stuck" || ended.timedOut) throw new TimedOutError(`timed out after ${seconds} s`);
  throw ended.error;
}

/** Our own errors' messages; of any other error its name alone, since it may repeat what is nobody's business. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${typeof error}`;
  return error instanceof OutageError || error instanceof TimedOutError ? error.message : error.name;
}
