import type { JobHandler } from "../../shared/catalog/handler.ts";
import type { JobDefinition } from "../../shared/catalog/job.ts";
import {
  NotDoneError,
  OutageError,
  PermanentError,
  RetryAfterError,
  UnknownOutcomeError,
} from "../../shared/catalog/job-errors.ts";
import { standardProfile } from "../../shared/catalog/queue-settings.ts";
import { fraction } from "../../shared/clock/entropy.ts";
import { LostAnswerError, type SimulatedProcess, type Surroundings } from "./process.ts";
import { runId } from "./run-id.ts";

/** What came of one run of a job: a redrive begins another. */
export interface RunStory {
  /** The run's id. */
  readonly id: string;
  /** How often its effect happened. */
  happened: number;
  /** How often its handler was begun, but for what spends no attempt. */
  spent: number;
  /** How often it was refused for good. */
  rejected: number;
  /** Whether it can't be done, or kills its process each time. */
  readonly fate: "hopeless" | "poisonous" | undefined;
}

/** What the handlers did to the world outside. */
export interface Effects {
  /** By the run's id. */
  readonly stories: ReadonlyMap<string, RunStory>;
  /** Runs whose effect must happen once, and that had ended when it did. */
  readonly late: readonly string[];
  /** Runs that were begun while their job was paused, and for so long that every worker must know. */
  readonly whilePaused: readonly string[];
  /** When somebody found the mail service down, ms since 1970. */
  readonly refusals: readonly number[];
  handlerOf(job: JobDefinition, process: SimulatedProcess): JobHandler<unknown>;
}

/** What an outage is called on a dead letter, where it must not stand. */
export const outageText = "the mail service is down";

/** The words of a service that refuses for good. */
export const hopelessText = "no such mailbox";

export interface EffectsOptions extends Pick<Surroundings, "clock" | "entropy" | "faults"> {
  /** Whether a run has ended, by its id. */
  readonly hasEnded: (run: string) => boolean;
  /** Since when a job is paused, ms since 1970. */
  readonly pausedSince: (job: string) => number | undefined;
}

/** Within how long a pause reaches every worker: it reads its breakers that often, and then has a handler to begin. */
const pauseReachesMilliseconds = standardProfile.breaker.probeSeconds * 1000 + 5000;

/** Handlers that take their time, and fail in all the ways that handlers can. */
export function createEffects({ clock, entropy, faults, hasEnded, pausedSince }: EffectsOptions): Effects {
  const stories = new Map<string, RunStory>();
  const late: string[] = [];
  const whilePaused: string[] = [];
  const refusals: number[] = [];

  /** What a run is stays, however often it is tried; what can't be done once may be mended by its next run. */
  function storyOf(id: string): RunStory {
    const known = stories.get(id);
    if (known) return known;
    const story: RunStory = { id, happened: 0, spent: 0, rejected: 0, fate: drawFate() };
    stories.set(id, story);
    return story;
  }

  function drawFate(): RunStory["fate"] {
    if (faults.strikes("permanent")) return "hopeless";
    return faults.strikes("poison") ? "poisonous" : undefined;
  }

  /** Where nothing has happened yet, and nothing will. */
  function refuse(story: RunStory, job: JobDefinition): void {
    const free = freeRefusal(job);
    if (free) {
      story.spent--;
      throw free;
    }
    if (faults.strikes("notDone")) throw new NotDoneError("the service stumbled");
    if (story.fate !== "hopeless") return;
    story.rejected++;
    throw new PermanentError(hopelessText);
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
    story: RunStory,
    signal: AbortSignal,
  ): Promise<void> {
    const effect = async () => {
      signal.throwIfAborted();
      story.happened++;
      if (job.effect && hasEnded(story.id)) late.push(story.id);
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
    ...{ stories, late, whilePaused, refusals },
    handlerOf(job, process) {
      return async (_input, context) => {
        const story = storyOf(runId(context.id, context.run));
        story.spent++;
        const paused = pausedSince(job.name);
        const mustKnow = paused !== undefined && clock.now() > paused + pauseReachesMilliseconds;
        // A process that stood still may have done so between the question and the handler.
        if (mustKnow && process.paused() === 0) whilePaused.push(story.id);
        const slow = faults.strikes("slow");
        await process.call(() => clock.sleep(fraction(entropy) * (slow ? 2 * job.timeoutSeconds : 2) * 1000));
        if (story.fate === "poisonous") {
          process.kill();
          await new Promise(() => {});
        }
        refuse(story, job);
        await act(job, process, story, context.signal);
        if (faults.strikes("slip")) throw new Error("undefined is not a function");
        return { done: true };
      };
    },
  };
}

function usesMail({ uses }: JobDefinition): boolean {
  return uses.includes("mail");
}
