import type { JobContext, JobHandler } from "../../shared/catalog/handler.ts";
import type { JobDefinition } from "../../shared/catalog/job.ts";
import {
  NotDoneError,
  OutageError,
  PermanentError,
  RetryAfterError,
  UnknownOutcomeError,
} from "../../shared/catalog/job-errors.ts";
import { fraction } from "../../shared/clock/entropy.ts";
import { LostAnswerError, type SimulatedProcess, type Surroundings } from "./process.ts";

/** What the handlers did to the world outside. */
export interface Effects {
  /** How often the effect of a job happened, by the job's id. */
  readonly happened: ReadonlyMap<string, number>;
  /** Jobs that can't be done. */
  readonly hopeless: ReadonlySet<string>;
  /** Jobs that kill their process. */
  readonly poisonous: ReadonlySet<string>;
  /** How often a job's handler was begun, but for what spends no attempt. */
  readonly spent: ReadonlyMap<string, number>;
  /** How often a job was refused for good. */
  readonly rejected: ReadonlyMap<string, number>;
  /** Jobs whose effect must happen once, and that had ended when it did. */
  readonly late: readonly string[];
  /** When somebody found the mail service down, ms since 1970. */
  readonly refusals: readonly number[];
  handlerOf(job: JobDefinition, process: SimulatedProcess): JobHandler<unknown>;
}

/** What an outage is called on a dead letter, where it must not stand. */
export const outageText = "the mail service is down";

export interface EffectsOptions extends Pick<Surroundings, "clock" | "entropy" | "faults"> {
  /** Whether a job has ended, by its id. */
  readonly hasEnded: (job: string) => boolean;
}

/** Handlers that take their time, and fail in all the ways that handlers can. */
export function createEffects({ clock, entropy, faults, hasEnded }: EffectsOptions): Effects {
  const happened = new Map<string, number>();
  const hopeless = new Set<string>();
  const poisonous = new Set<string>();
  const spent = new Map<string, number>();
  const rejected = new Map<string, number>();
  const late: string[] = [];
  const refusals: number[] = [];
  const count = (counts: Map<string, number>, id: string, by = 1) =>
    counts.set(id, (counts.get(id) ?? 0) + by);

  /** What a job is stays, however often it is run. */
  function meet(id: string): void {
    if (faults.strikes("permanent")) hopeless.add(id);
    else if (faults.strikes("poison")) poisonous.add(id);
  }

  /** Where nothing has happened yet, and nothing will. */
  function refuse(id: string, job: JobDefinition): void {
    const free = freeRefusal(job);
    if (free) {
      count(spent, id, -1);
      throw free;
    }
    if (faults.strikes("notDone")) throw new NotDoneError("the service stumbled");
    if (!hopeless.has(id)) return;
    count(rejected, id);
    throw new PermanentError("no such mailbox");
  }

  /** What spends no attempt. */
  function freeRefusal(job: JobDefinition): Error | undefined {
    if (usesMail(job) && faults.lasts("mailDown")) {
      refusals.push(clock.now());
      return new OutageError(outageText, "mail");
    }
    if (faults.strikes("retryAfter")) return new RetryAfterError("throttled", 30);
    if (faults.strikes("longWait"))
      return new RetryAfterError("throttled", fraction(entropy) * 3 * 24 * 3600);
    return undefined;
  }

  async function act(
    job: JobDefinition,
    process: SimulatedProcess,
    { id, signal }: Pick<JobContext, "id" | "signal">,
  ): Promise<void> {
    const effect = async () => {
      signal.throwIfAborted();
      count(happened, id);
      if (job.effect && hasEnded(id)) late.push(id);
    };
    try {
      if (!(usesMail(job) && faults.lasts("mailUnknown")))
        return await process.call(effect, { repeatable: false });
      if (fraction(entropy) < 0.5) await effect();
    } catch (error) {
      if (!(error instanceof LostAnswerError)) throw error;
    }
    throw new UnknownOutcomeError("cut off after the request was sent");
  }

  return {
    ...{ happened, hopeless, poisonous, spent, rejected, late, refusals },
    handlerOf(job, process) {
      return async (_input, context) => {
        const { id } = context;
        if (!spent.has(id)) meet(id);
        count(spent, id);
        const slow = faults.strikes("slow");
        await process.call(() => clock.sleep(fraction(entropy) * (slow ? 2 * job.timeoutSeconds : 2) * 1000));
        if (poisonous.has(id)) {
          process.kill();
          await new Promise(() => {});
        }
        refuse(id, job);
        await act(job, process, context);
        if (faults.strikes("slip")) throw new Error("undefined is not a function");
        return { done: true };
      };
    },
  };
}

function usesMail({ uses }: JobDefinition): boolean {
  return uses.includes("mail");
}
