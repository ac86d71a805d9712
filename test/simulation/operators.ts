import type { Breakers } from "../../shared/breaker/breakers.ts";
import { fraction } from "../../shared/clock/entropy.ts";
import type { MemoryQueue } from "../../shared/queue/memory-queue.ts";
import { deadLetterQueue, type MessageAttributes, type QueueName } from "../../shared/queue/queue.ts";
import { createMemoryLetterBox } from "../../shared/redrive/memory-letter-box.ts";
import { lookAtLetters } from "../../shared/redrive/read-letters.ts";
import { redriveLetters } from "../../shared/redrive/redrive-letters.ts";
import { runId } from "./effects.ts";
import { catalog, pausable } from "./jobs.ts";
import type { ObservedTable } from "./observed-table.ts";
import { createProcess, type SimulatedProcess, type Surroundings } from "./process.ts";
import { reachedLetters, reachedPorts, type Services } from "./reached-ports.ts";

export interface OperatorsOptions {
  readonly services: Services;
  readonly surroundings: Surroundings;
  readonly queue: MemoryQueue;
  readonly table: ObservedTable;
}

/** What an operator does with a letter. */
type Wish = "redrive" | "move back" | "leave";

const queues = [...catalog.jobs.keys()];

/** How often a tool is started anew that a fault has ended, or that missed letters which another had in hand. */
const mostPasses = 20;
/** Until letters that a dead tool had in hand are back. */
const passMilliseconds = 301_000;
/** How often an operator looks at the letters. */
const mostHours = 6;

/** Operators of the service: they run failed jobs again, by our tool or by SQS's own, and pause a job and resume it. */
export function createOperators({ services, surroundings, queue, table }: OperatorsOptions) {
  const { clock, entropy, faults, runs } = surroundings;
  const wishes = new Map<string, Wish>();
  let busy = 0;
  const revived = new Set<string>();
  let pausedAt: number | undefined;
  const redrives = faults.likelihood("redriven") > 0 || faults.likelihood("movedBack") > 0;

  /** The newest tool there is. */
  const deploy = () => ({ newer: (faults.progress("newerDeploy") ?? -1) >= 0, refusing: false });

  /** What is wished for a letter's run is wished for each copy of it. */
  function wishFor(attributes: MessageAttributes): Wish {
    const id = runOf(attributes);
    const known = wishes.get(id);
    if (known !== undefined) return known;
    const wish = faults.strikes("redriven") ? "redrive" : faults.strikes("movedBack") ? "move back" : "leave";
    wishes.set(id, wish);
    return wish;
  }

  function isStale({ job, run }: MessageAttributes): boolean {
    const [flow = "", key = ""] = String(job).split(".");
    const { run: now, status } = table.flow(flow)?.jobs[key] ?? {};
    return status !== "failed" || now !== run;
  }

  /** `npm run errand -- redrive`, again where it didn't come to its end. */
  async function redrive(isWanted: (attributes: MessageAttributes) => boolean): Promise<void> {
    busy++;
    const isLeft = () =>
      queues.some((name) =>
        queue.messages(deadLetterQueue(name)).some((letter) => isWanted(letter.attributes)),
      );
    for (let pass = 0; pass < mostPasses && isLeft(); pass++) {
      const process = createProcess(surroundings);
      const letters = reachedLetters(services, process, createMemoryLetterBox(queue), deploy());
      const work = redriveLetters(
        { ...reachedPorts(services, process, deploy()), letters },
        {
          queues,
          isWanted: ({ message }) => isWanted(message.attributes),
          ...{ perSecond: 10, dryRun: false, signal: new AbortController().signal, onFound: () => {} },
          onOutcome: ({ message }, { kind }) => {
            if (kind === "redriven") revived.add(runOf(message.attributes));
          },
        },
      );
      await Promise.race([work.catch(() => {}), process.died]);
      await clock.sleep(passMilliseconds);
    }
    busy--;
  }

  /** SQS moves a letter as it is, as a new message. */
  async function moveBack(name: QueueName): Promise<void> {
    const letters = createMemoryLetterBox(queue);
    await lookAtLetters({ letters }, name, ({ message }) => {
      if (wishFor(message.attributes) !== "move back" || isStale(message.attributes)) return;
      const { body, attributes, trace } = message;
      void queue.send(name, [{ body, attributes, trace }]);
      queue.remove(deadLetterQueue(name), message.receipt);
      revived.add(runOf(message.attributes));
    });
  }

  /** Looks at all letters once. */
  async function visit(): Promise<void> {
    for (const name of queues) await moveBack(name);
    await redrive((attributes) => wishFor(attributes) === "redrive");
  }

  /** Until it has worked, whatever dies. */
  async function insist(act: (breakers: Breakers) => Promise<unknown>): Promise<void> {
    for (let done = false; !done; ) {
      const process: SimulatedProcess = createProcess(surroundings);
      const acted = act(reachedPorts(services, process, deploy()).breakers);
      done = await Promise.race([
        acted.then(
          () => true,
          () => false,
        ),
        process.died.then(() => false),
      ]);
    }
  }

  async function pause({ from, to }: { readonly from: number; readonly to: number }): Promise<void> {
    await clock.sleep(from - clock.now());
    await insist((breakers) => breakers.pause(pausable));
    pausedAt = clock.now();
    await clock.sleep(to - clock.now());
    pausedAt = undefined;
    await insist((breakers) => breakers.resume(pausable));
  }

  return {
    /** Since when a job is paused, ms since 1970. */
    pausedSince: (job: string) => (job === pausable ? pausedAt : undefined),
    /** Whether one is at work on letters. */
    isBusy: () => busy > 0,
    /** Runs of which a letter was redriven or moved back. */
    revived,
    /** Whether failed jobs are run again. */
    areRedriving: redrives,
    /** Comes at any time, for ever. */
    async work(): Promise<void> {
      const span = faults.span("paused");
      if (span) runs(pause(span));
      while (redrives) {
        await clock.sleep(fraction(entropy) * mostHours * 3600 * 1000);
        await visit();
      }
    },
    /** Once all has ended: visits until nothing is redriven any more. `toTheEnd` lets time pass until all has ended again. */
    async reviveAll(toTheEnd: () => Promise<void>): Promise<void> {
      for (let before = -1; redrives && before < revived.size; ) {
        before = revived.size;
        runs(visit());
        await toTheEnd();
      }
      // Letters of runs that aren't a job's last: a worker that stood still may write one late.
      if (redrives) runs(redrive(isStale));
      await toTheEnd();
    },
  };
}

/** The run that a letter is of. */
function runOf({ job, run }: MessageAttributes): string {
  return runId(String(job), Number(run));
}
