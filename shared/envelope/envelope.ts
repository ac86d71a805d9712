/**
 * What a message carries: one JSON text, readable by eye. A whole flow's on the dispatch queue; on a job's queue the
 * part of that job, or, where it was offloaded, a pointer to the whole.
 */
export interface Envelope {
  readonly version: typeof envelopeVersion;
  readonly flow: { readonly id: string; readonly name: string; readonly createdAt: number };
  /** By key. */
  readonly jobs: Readonly<Record<string, { readonly job: string; readonly input: unknown }>>;
}

/** Raised when a field changes its meaning. A worker holds an envelope that is newer than itself: a deploy is under way. */
export const envelopeVersion = 1;

/** No envelope at all: somebody else's message, or a broken one. */
export class NotAnEnvelopeError extends Error {
  override readonly name = "NotAnEnvelopeError";
}

/** An envelope of a version that this code doesn't know. */
export class UnknownVersionError extends Error {
  override readonly name = "UnknownVersionError";

  constructor(version: unknown) {
    super(`version: ${envelopeVersion}, got ${JSON.stringify(version)}`);
  }
}

/**
 * JSON in characters that every queue takes: SQS refuses U+FFFE and U+FFFF
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html), fauxqs also what is
 * outside the basic plane, such as an emoji. JSON.stringify escapes all others that are refused.
 */
export function encodeEnvelope(envelope: Envelope): string {
  return JSON.stringify(envelope).replace(
    /[\ud800-\udfff\ufffe\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16)}`,
  );
}

/**
 * Parses an envelope.
 * @throws NotAnEnvelopeError, UnknownVersionError
 */
export function parseEnvelope(body: string): Envelope {
  const envelope = asRecord(parseJson(body), "body");
  const { version } = envelope;
  if (typeof version !== "number") throw new NotAnEnvelopeError(`version: a number, got ${typeof version}`);
  if (version !== envelopeVersion) throw new UnknownVersionError(version);
  const flow = asRecord(envelope["flow"], "flow");
  const jobs = asRecord(envelope["jobs"], "jobs");
  return {
    version,
    flow: {
      id: asString(flow["id"], "flow.id"),
      name: asString(flow["name"], "flow.name"),
      createdAt: asNumber(flow["createdAt"], "flow.createdAt"),
    },
    jobs: Object.fromEntries(Object.entries(jobs).map(([key, job]) => [key, parseJob(job, key)])),
  };
}

/** The envelope with that job alone: what its own queue gets. */
export function envelopeOf(envelope: Envelope, key: string): Envelope {
  const job = envelope.jobs[key];
  return { ...envelope, jobs: job ? { [key]: job } : {} };
}

function parseJob(value: unknown, key: string) {
  const job = asRecord(value, `jobs.${key}`);
  return { job: asString(job["job"], `jobs.${key}.job`), input: job["input"] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotAnEnvelopeError("body: JSON, got something else");
  }
}

function asRecord(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new NotAnEnvelopeError(`${path}: an object, got ${Array.isArray(value) ? "an array" : typeof value}`);
}

function asString(value: unknown, path: string): string {
  if (typeof value === "string") return value;
  throw new NotAnEnvelopeError(`${path}: a string, got ${typeof value}`);
}

function asNumber(value: unknown, path: string): number {
  if (typeof value === "number") return value;
  throw new NotAnEnvelopeError(`${path}: a number, got ${typeof value}`);
}
