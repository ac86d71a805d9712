import type { JobStatus } from "./state-machine.ts";

/** A flow as the ledger keeps it: one item. Times are milliseconds since 1970 unless said otherwise. */
export interface FlowRecord {
  readonly id: string;
  readonly name: string;
  /** Tells a replay of the request from another request under the same key. */
  readonly bodyHash: string;
  /** Recognises our own write when its answer was lost. */
  readonly recordedBy: string;
  readonly createdAt: number;
  readonly deadline: number;
  /** When the item may be deleted, in seconds since 1970 (DynamoDB's TTL); from then on it counts as absent. */
  readonly expires: number;
  /** How often the flow was reopened by a redrive. */
  readonly epoch: number;
  /** Jobs that have not ended. Moves only inside a job's own conditional write. */
  readonly open: number;
  /** Hashes of the tokens that open the flow, at most four, oldest first. */
  readonly tokens: readonly string[];
  /** How many tokens were ever given out: orders those who add one. */
  readonly tokenCount: number;
  /** The dispatcher's last turn, and the message that took it. */
  readonly checkedAt?: number;
  readonly checkedBy?: string;
  /** The last turn of a check without the envelope, which the status route arms where a flow's own is lost, and its message. */
  readonly closingAt?: number;
  readonly closingBy?: string;
  /** How many writes have changed one of its jobs; where absent, none. */
  readonly version?: number;
  /** The endpoint that its request wants told of its end. */
  readonly notify?: string;
  /** Whether the operator's default endpoints are told too, whichever these are by then. Callers aren't told of them. */
  readonly notifyDefaults?: true;
  /** Until when somebody is told of each change of a job, too. */
  readonly watchedUntil?: number;
  readonly jobs: Readonly<Record<string, JobRecord>>;
}

export interface JobRecord {
  /** The definition's name, where it isn't the key. */
  readonly job?: string;
  readonly status: JobStatus;
  /** How often the job was redriven. */
  readonly run: number;
  /** Runs of the handler that counted. */
  readonly attempts: number;
  /** Not to be run before; where absent, as soon as it was created. */
  readonly due?: number;
  /** While it is held: since when what it waits for is missing. */
  readonly heldSince?: number;
  /** Who runs it, fresh for each lease, and until when nobody else may. */
  readonly owner?: string;
  readonly leaseEnd?: number;
  /** The one resend of a once-job is spent. */
  readonly resent?: boolean;
  /** The nonce of the settle that wrote this state: recognises our own write when its answer was lost. */
  readonly by?: string;
  /** How many jobs of the flow were left after this one ended, and in which epoch: 0 finished the flow. */
  readonly left?: number;
  readonly leftEpoch?: number;
  /** When its first attempt started, in this run. */
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** As `errorText` cuts it, in the engine's or an adapter's own words, without personal data. */
  readonly error?: string;
  /** JSON of at most 200 bytes. */
  readonly result?: string;
}

/** The ledger's item stays small: 200 bytes of error, 200 of result. */
export const maximumTextBytes = 200;

/** An error as a record keeps it: cut to 200 bytes of UTF-8, between two characters. */
export function errorText(text: string): string {
  return Buffer.from(text)
    .subarray(0, maximumTextBytes)
    .toString()
    .replace(/\ufffd+$/, "");
}

/** The job of that key, where there is one: a key may be the name of something that every object has. */
export function jobOf(flow: FlowRecord | undefined, key: string): JobRecord | undefined {
  return flow && Object.hasOwn(flow.jobs, key) ? flow.jobs[key] : undefined;
}

/** The definition's name of a job in a flow. */
export function definitionName(key: string, record: JobRecord): string {
  return record.job ?? key;
}
