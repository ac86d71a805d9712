import type { FlowRecord, JobRecord } from "../flow/flow-record.ts";
import type { Identified, Path } from "./table.ts";

/** How records are stored: under which names. */
export interface StoredNames<Item extends Identified> {
  storedPath(path: Path): readonly string[];
  abbreviate(record: Item): Readonly<Record<string, unknown>>;
  expand(item: Record<string, unknown>): Item;
}

/** Under their own names. */
export function ownNames<Item extends Identified>(): StoredNames<Item> {
  return {
    storedPath: (path) => path,
    abbreviate: (record) => Object.fromEntries(Object.entries(record)),
    expand: (item) => item as unknown as Item,
  };
}

/**
 * Attribute names as stored: DynamoDB bills a write by the kilobyte and counts names, so a flow of three jobs stays
 * within one. `id` and `expires` keep theirs, since the table's key and its TTL name them.
 */
const flowNames: Readonly<Record<keyof FlowRecord, string>> = {
  id: "id",
  expires: "expires",
  name: "n",
  bodyHash: "h",
  recordedBy: "w",
  createdAt: "c",
  deadline: "d",
  epoch: "e",
  open: "o",
  tokens: "t",
  tokenCount: "tc",
  checkedAt: "ca",
  checkedBy: "cb",
  closingAt: "la",
  closingBy: "lb",
  version: "v",
  notify: "nf",
  notifyDefaults: "nd",
  watchedUntil: "wu",
  jobs: "j",
};

const jobNames: Readonly<Record<keyof JobRecord, string>> = {
  job: "n",
  status: "s",
  run: "r",
  attempts: "a",
  due: "d",
  heldSince: "h",
  owner: "o",
  leaseEnd: "l",
  resent: "rs",
  by: "b",
  left: "lf",
  leftEpoch: "le",
  startedAt: "st",
  finishedAt: "f",
  error: "x",
  result: "v",
};

/** A path as stored. A job's key is its user's, and stays. */
function storedPath(path: Path): readonly string[] {
  const [field, key, jobField] = path;
  const stored = flowNames[field as keyof FlowRecord];
  return key === undefined ? [stored] : [stored, key, jobNames[jobField as keyof JobRecord]];
}

function abbreviate(record: FlowRecord): Record<string, unknown> {
  const jobs = Object.entries(record.jobs).map(([key, job]) => [key, rename(job, jobNames)] as const);
  return rename({ ...record, jobs: Object.fromEntries(jobs) }, flowNames);
}

function expand(item: Record<string, unknown>): FlowRecord {
  const flow = rename(item, longFlowNames) as unknown as FlowRecord;
  const jobs = Object.entries(flow.jobs ?? {}).map(([key, job]) => [key, rename(job, longJobNames)] as const);
  return { ...flow, jobs: Object.fromEntries(jobs) as unknown as FlowRecord["jobs"] };
}

const longFlowNames = inverted(flowNames);
const longJobNames = inverted(jobNames);

/** A flow's. */
export const shortNames: StoredNames<FlowRecord> = { storedPath, abbreviate, expand };

function rename(fields: object, names: Readonly<Record<string, string>>): Record<string, unknown> {
  const known = Object.entries(fields).filter(
    ([name, value]) => Object.hasOwn(names, name) && value !== undefined,
  );
  return Object.fromEntries(known.map(([name, value]) => [names[name] as string, value as unknown]));
}

function inverted(names: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(names).map(([long, short]) => [short, long]));
}
