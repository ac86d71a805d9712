import { fraction } from "../../shared/clock/entropy.ts";
import type { MemoryQueue } from "../../shared/queue/memory-queue.ts";
import {
  deadLetterQueue,
  type MessageAttributes,
  type OutgoingMessage,
  type QueueName,
} from "../../shared/queue/queue.ts";
import { createMemoryLetterBox } from "../../shared/redrive/memory-letter-box.ts";
import { lookAtLetters } from "../../shared/redrive/read-letters.ts";
import { redriveLetters } from "../../shared/redrive/redrive-letters.ts";
import { catalog } from "./jobs.ts";
import type { ObservedTable } from "./observed-table.ts";
import { createProcess, type Surroundings } from "./process.ts";
import { reachedLetters, reachedPorts, type Services } from "./reached-ports.ts";
import { runOfLetter } from "./run-id.ts";

export interface RedrivingOptions {
  readonly services: Services;
  readonly surroundings: Surroundings;
  readonly queue: MemoryQueue;
  readonly table: ObservedTable;
}

/** What an operator does with a letter. */
type Wish = "redrive" | "move back" | "leave";
type IsWanted = (attributes: MessageAttributes) => boolean;

const queues = [...catalog.jobs.keys()];

/** How often a tool is started anew that a fault has ended, or that missed letters which another had in hand. */
const mostPasses = 20;
/** Until letters that a dead tool had in hand are back. */
const passMilliseconds = 301_000;
/** After how long an operator comes again, at the most. */
const mostHours = 6;

/** Operators who run failed jobs again, by our tool or by SQS's own. */
export function createRedriving({ services, surroundings, queue, table }: RedrivingOptions) {
  const { clock, entropy, faults } = surroundings;
  const isOn = faults.likelihood("redriven") > 0 || faults.likelihood("movedBack") > 0;
  const wishes = new Map<string, Wish>();
  const redriven = new Set<string>();
  let visitors = 0;

  /** What is wished for a letter's run is wished for each copy of it. */
  function wishFor(attributes: MessageAttributes): Wish {
    const id = runOfLetter(attributes);
    const known = wishes.get(id);
    if (known !== undefined) return known;
    const wish = faults.strikes("redriven") ? "redrive" : faults.strikes("movedBack") ? "move back" : "leave";
    wishes.set(id, wish);
    return wish;
  }

  /** Of a run before the job's last. */
  function isStale({ job, run }: MessageAttributes): boolean {
    const [flow = "", key = ""] = String(job).split(".");
    return Number(run) < (table.flow(flow)?.jobs[key]?.run ?? 0);
  }

  /** One start of `npm run errand -- redrive`, which may die of anything. */
  async function startTool(isWanted: IsWanted): Promise<void> {
    // The newest tool that there is.
    const deploy = { newer: (faults.progress("newerDeploy") ?? -1) >= 0, refusing: false };
    const process = createProcess(surroundings);
    const letters = reachedLetters(services, process, createMemoryLetterBox(queue), deploy);
    const work = redriveLetters(
      { ...reachedPorts(services, process, deploy), letters },
      {
        queues,
        isWanted: ({ message }) => isWanted(message.attributes),
        ...{ perSecond: 10, dryRun: false, signal: new AbortController().signal, onFound: () => {} },
        onOutcome: ({ message }, { kind }) => {
          if (kind === "redriven") redriven.add(runOfLetter(message.attributes));
        },
      },
    );
    await Promise.race([work.catch(() => {}), process.died]);
  }

  /** Until none of those letters is left, and not for ever: some can't be redriven. */
  async function redrive(isWanted: IsWanted): Promise<void> {
    const lettersOf = (name: QueueName) => queue.messages(deadLetterQueue(name));
    const isLeft = () => queues.some((name) => lettersOf(name).some((letter) => isWanted(letter.attributes)));
    for (let pass = 0; pass < mostPasses && isLeft(); pass++) {
      await startTool(isWanted);
      await clock.sleep(passMilliseconds);
    }
  }

  /** SQS moves a letter as it is, as a new message. */
  async function moveBack(name: QueueName): Promise<void> {
    await lookAtLetters({ letters: createMemoryLetterBox(queue) }, name, ({ message }) => {
      const { body, attributes, trace, receipt } = message;
      if (wishFor(attributes) !== "move back" || isStale(attributes)) return;
      void queue.send(name, [{ body, attributes, trace }]);
      queue.remove(deadLetterQueue(name), receipt);
      redriven.add(runOfLetter(attributes));
    });
  }

  async function asVisitor(work: () => Promise<void>): Promise<void> {
    visitors++;
    await work();
    visitors--;
  }

  /** Goes through all letters once. */
  const visit = () =>
    asVisitor(async () => {
      for (const name of queues) await moveBack(name);
      await redrive((attributes) => wishFor(attributes) === "redrive");
    });

  return {
    /** Whether a flow that has ended may be opened again. */
    isOn,
    /** Runs of which a letter was redriven or moved back. */
    redriven,
    /** Whether a letter is of a run that somebody wishes to be redriven. */
    isWished: ({ attributes }: OutgoingMessage) =>
      (wishes.get(runOfLetter(attributes)) ?? "leave") !== "leave",
    /** Whether somebody is at work. */
    isBusy: () => visitors > 0,
    /** Comes at any time, for ever. */
    async work(): Promise<void> {
      while (isOn) {
        // Mostly within minutes: copies of what has failed may still be on their way.
        await clock.sleep(fraction(entropy) ** 6 * mostHours * 3600 * 1000);
        await visit();
      }
    },
    /**
     * Once all has ended: goes on until nothing is redriven any more, and no letter is new: a tool that died has redriven what it told
     * nobody. `toTheEnd` lets time pass until all has ended again; the answer is whether it always has.
     */
    async redriveWhatIsLeft(toTheEnd: () => Promise<boolean>): Promise<boolean> {
      if (!isOn) return true;
      const progress = () => redriven.size + wishes.size;
      for (let before = -1; before < progress(); ) {
        before = progress();
        surroundings.spawn(visit());
        if (!(await toTheEnd())) return false;
      }
      // A copy of a letter that was moved back, or one that a worker wrote late, for it stood still.
      surroundings.spawn(asVisitor(() => redrive(isStale)));
      return toTheEnd();
    },
  };
}
