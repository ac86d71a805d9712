/** A flow as the status route answers it, in what a browser needs of it: a test holds the API's own type against this one. */
export interface WatchedFlow {
  readonly id: string;
  readonly name: string;
  readonly status: "running" | "succeeded" | "failed";
  /** Rises with each change, so that of two views the newer one is known whatever way they came. */
  readonly version?: number;
  /** ISO 8601, as all times here. */
  readonly createdAt: string;
  readonly jobs: readonly WatchedJob[];
}

export interface WatchedJob {
  readonly id: string;
  /** The definition's name. */
  readonly job: string;
  readonly status: "queued" | "running" | "retrying" | "held" | "succeeded" | "failed";
  readonly attempts?: number;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /** While it is held: since when what it waits for is missing. */
  readonly heldSince?: string;
  readonly dueAt?: string;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: string;
}

/** Whether a parsed body is a flow: what a hotel's Wi-Fi answers in its place is not. */
export function isFlow(value: unknown): value is WatchedFlow {
  if (!isObject(value) || !Array.isArray(value["jobs"])) return false;
  const { id, name, status, version, createdAt, jobs } = value;
  const texts = [id, name, status, createdAt].every((field) => typeof field === "string");
  return texts && (version === undefined || typeof version === "number") && jobs.every(isJob);
}

function isJob(value: unknown): boolean {
  return isObject(value) && ["id", "job", "status"].every((name) => typeof value[name] === "string");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** The value of a text as JSON; undefined where it isn't JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
