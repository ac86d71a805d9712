import type { StandardSchemaV1 } from "@standard-schema/spec";
import { deadLetterQueue, isJobQueue } from "../queue/queue.ts";
import { InvalidDefinitionError } from "./violation.ts";

/** How often a job's effect may happen when a worker dies in the middle of it and nobody can know whether it did. */
export type OnceRule = "resend" | "fail";

export interface JobOptions<Schema extends StandardSchemaV1> {
  /** Lower-case words joined by `-`, up to 40 characters: names the queue, the function and the folder. */
  readonly name: string;
  /** Any Standard Schema: checked when the job is started and again when it runs, since deploys happen between. */
  readonly input: Schema;
  /** Copies that run at the same time, each one job: 2 (the default, and AWS's least maximum concurrency) to 1000. */
  readonly workers?: number;
  /** The longest one attempt may take, in seconds: 1 to 447 (twice that and 5 s must fit Lambda's 15 minutes). Default 10. */
  readonly timeoutSeconds?: number;
  /**
   * Memory of the job's function in MiB: 128 to 10240. Lambda gives processor time by it, one whole at 1769. Default the
   * service's, 512.
   */
  readonly memoryMiB?: number;
  /** Attempts before the job fails for good: 1 to 100. Default 5. */
  readonly attempts?: number;
  /** Seconds before the second attempt, doubled for each further one up to `maximumSeconds`, with full jitter. Default 10 and 3600. */
  readonly backoff?: { readonly baseSeconds: number; readonly maximumSeconds: number };
  /**
   * For an effect that must not repeat, such as an email: the job runs under a lease, and when a worker dies in it the
   * outcome is unknown. `resend` runs it once more at the most, `fail` fails it for a person to decide.
   * Without it, the job must bear running twice, even at the same time.
   */
  readonly effect?: { readonly once: OnceRule };
  /**
   * For a service that takes only so many calls a second: an attempt makes one, takes `secondsEach` or longer, and the
   * service takes `perSecond`, where that is known here. Refused where the workers go faster: `workers` ÷ `secondsEach`.
   * Where even two do, give the handler a rate limit to ask (`awsRateLimit`).
   */
  readonly rate?: { readonly secondsEach: number; readonly perSecond?: number };
  /** The resources that the handler may touch; it is granted no others. */
  readonly uses?: readonly string[];
  /** Fields of the result that whoever started the flow may read. The others are for operators only. Default none. */
  readonly publicResult?: readonly string[];
}

export interface JobDefinition<Schema extends StandardSchemaV1 = StandardSchemaV1> {
  readonly name: string;
  readonly input: Schema;
  readonly workers: number;
  readonly timeoutSeconds: number;
  readonly memoryMiB: number | undefined;
  readonly attempts: number;
  readonly backoff: { readonly baseSeconds: number; readonly maximumSeconds: number };
  readonly effect: { readonly once: OnceRule } | undefined;
  readonly rate: { readonly secondsEach: number; readonly perSecond?: number } | undefined;
  readonly uses: readonly string[];
  readonly publicResult: readonly string[];
  /** This job with an input, for a flow's plan. `key` tells two jobs of one kind apart in a flow; default the job's name. */
  with(input: StandardSchemaV1.InferInput<Schema>, options?: { readonly key?: string }): PlannedJob;
}

/** What a job's handler gets: its input as the schema gives it. */
export type InputOf<Job> =
  Job extends JobDefinition<infer Schema> ? StandardSchemaV1.InferOutput<Schema> : never;

/** A job that a flow's plan asks for, not yet checked. */
export interface PlannedJob {
  readonly key: string;
  readonly job: JobDefinition;
  readonly input: unknown;
}

/** Names a job or flow: also a queue's name, so short and of few characters. */
const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const maximumNameLength = 40;

/**
 * Defines a job: what it takes and how it is run, never the work itself, so that the API and `cdk synth` load no mail,
 * PDF or image code. All durations but the job's own timeout are derived, in `queue-settings.ts`.
 * @throws InvalidDefinitionError where the definition can't work.
 */
export function defineJob<Schema extends StandardSchemaV1>(
  options: JobOptions<Schema>,
): JobDefinition<Schema> {
  const definition: JobDefinition<Schema> = {
    name: options.name,
    input: options.input,
    workers: options.workers ?? 2,
    timeoutSeconds: options.timeoutSeconds ?? 10,
    memoryMiB: options.memoryMiB,
    attempts: options.attempts ?? 5,
    backoff: options.backoff ?? { baseSeconds: 10, maximumSeconds: 3600 },
    effect: options.effect,
    rate: options.rate,
    uses: options.uses ?? [],
    publicResult: options.publicResult ?? [],
    with: (input, { key = options.name } = {}) => ({ key, job: definition, input }),
  };
  checkName("job name", options.name);
  if (!isJobQueue(options.name) || options.name.endsWith(deadLetterQueue(""))) {
    throw new InvalidDefinitionError("job name", "not a queue of the engine's own", options.name);
  }
  checkInteger(definition, "workers", definition.workers, 2, 1000);
  checkInteger(definition, "timeoutSeconds", definition.timeoutSeconds, 1, 447);
  checkInteger(definition, "memoryMiB", definition.memoryMiB ?? 512, 128, 10_240);
  checkInteger(definition, "attempts", definition.attempts, 1, 100);
  const { baseSeconds, maximumSeconds } = definition.backoff;
  checkInteger(definition, "backoff.baseSeconds", baseSeconds, 1, 3600);
  checkInteger(definition, "backoff.maximumSeconds", maximumSeconds, baseSeconds, 43_200);
  if (definition.effect && !["resend", "fail"].includes(definition.effect.once)) {
    throw new InvalidDefinitionError(
      `${options.name}.effect.once`,
      `"resend" or "fail"`,
      definition.effect.once,
    );
  }
  checkRate(definition);
  return definition;
}

/** How many attempts a second a job's workers begin at the most; infinite where nothing is known of how long one takes. */
export function fastestPerSecond({ workers, rate }: Pick<JobDefinition, "workers" | "rate">): number {
  return rate ? workers / rate.secondsEach : Number.POSITIVE_INFINITY;
}

function checkRate({ name, workers, rate }: Pick<JobDefinition, "name" | "workers" | "rate">): void {
  if (!rate) return;
  const { secondsEach, perSecond = Number.POSITIVE_INFINITY } = rate;
  for (const [field, value] of Object.entries({ secondsEach, perSecond })) {
    if (!(value > 0)) throw new InvalidDefinitionError(`${name}.rate.${field}`, "a number above 0", value);
  }
  if (fastestPerSecond({ workers, rate }) <= perSecond) return;
  const rule = `at most ${perSecond} a second × ${secondsEach} s each, as its rate says`;
  throw new InvalidDefinitionError(`${name}.workers`, rule, workers);
}

/** Refuses a name or key that can't name a queue; `path` says whose it is. */
export function checkName(path: string, name: string): void {
  if (name.length <= maximumNameLength && namePattern.test(name)) return;
  const rule = `lower-case words joined by "-", at most ${maximumNameLength} characters`;
  throw new InvalidDefinitionError(path, rule, name);
}

function checkInteger(
  job: { readonly name: string },
  field: string,
  value: number,
  least: number,
  most: number,
) {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new InvalidDefinitionError(`${job.name}.${field}`, `a whole number from ${least} to ${most}`, value);
}
