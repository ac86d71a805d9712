/** What a handler knows of the job that it runs. */
export interface JobContext {
  /** `<flow>.<key>`: the same on every attempt, so an idempotency token for whatever the handler calls. */
  readonly id: string;
  readonly key: string;
  readonly flow: { readonly id: string; readonly name: string; readonly createdAt: Date };
  /** How often the job was redriven. */
  readonly run: number;
  /** 1 on the first attempt. */
  readonly attempt: number;
  /**
   * True where a service that the job uses is down, and this run is to find out whether it is back: where it returns, all
   * jobs that wait for it are let go. A handler with nothing to ask of it has to ask for a sign of life, or to throw.
   */
  readonly probing?: boolean;
  /** Aborted at the job's deadline. */
  readonly signal: AbortSignal;
}

/** A flat record of what the job found or made; at most a few values. Files are named here by their file name. */
export type JobResult = Readonly<Record<string, string | number | boolean>>;

/** The work of one job. What it returns is stored as the job's result. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler without a result is a plain async function
export type JobHandler<Input> = (input: Input, context: JobContext) => Promise<JobResult | void>;
