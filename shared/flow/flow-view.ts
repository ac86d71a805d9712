import type { Catalog } from "../catalog/catalog.ts";
import { definitionName, type FlowRecord, type JobRecord } from "./flow-record.ts";
import { jobId } from "./ids.ts";
import { type FlowStatus, flowStatus, type JobStatus } from "./state-machine.ts";

/** A flow as whoever started it may see it. Times are ISO 8601, UTC. */
export interface FlowView {
  readonly id: string;
  readonly name: string;
  readonly status: FlowStatus;
  /** Rises by one with every write that changes a job: of two views the one with the higher is the later. */
  readonly version: number;
  readonly createdAt: string;
  readonly jobs: readonly JobView[];
}

export interface JobView {
  readonly id: string;
  /** The definition's name. */
  readonly job: string;
  readonly status: JobStatus;
  /** Absent until one has counted. */
  readonly attempts?: number;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /** While it is held: since when what it waits for is missing; `error` says what that is. */
  readonly heldSince?: string;
  /** When it is tried again, while it waits. */
  readonly dueAt?: string;
  /** The fields that the definition makes public. */
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: string;
}

/** The one view of a flow. Fields of a result that a job's definition doesn't make public are left out. */
export function flowView(flow: FlowRecord, catalog: Pick<Catalog, "jobs">): FlowView {
  return {
    id: flow.id,
    name: flow.name,
    status: flowStatus(Object.values(flow.jobs)),
    version: flow.version ?? 0,
    createdAt: iso(flow.createdAt),
    jobs: Object.entries(flow.jobs).map(([key, job]) => jobView(flow.id, key, job, catalog)),
  };
}

function jobView(flow: string, key: string, job: JobRecord, catalog: Pick<Catalog, "jobs">): JobView {
  const name = definitionName(key, job);
  const result = publicResult(job, catalog.jobs.get(name)?.publicResult ?? []);
  return {
    id: jobId({ flow, key }),
    job: name,
    status: job.status,
    ...(job.attempts > 0 ? { attempts: job.attempts } : {}),
    ...(job.startedAt === undefined ? {} : { startedAt: iso(job.startedAt) }),
    ...(job.finishedAt === undefined ? {} : { finishedAt: iso(job.finishedAt) }),
    ...(job.heldSince === undefined ? {} : { heldSince: iso(job.heldSince) }),
    ...(job.due === undefined ? {} : { dueAt: iso(job.due) }),
    ...(result ? { result } : {}),
    ...(job.error === undefined ? {} : { error: job.error }),
  };
}

function publicResult(
  job: JobRecord,
  fields: readonly string[],
): Readonly<Record<string, unknown>> | undefined {
  if (job.result === undefined) return undefined;
  const result = Object.entries(JSON.parse(job.result) as Record<string, unknown>);
  const visible = result.filter(([name]) => fields.includes(name));
  return visible.length > 0 ? Object.fromEntries(visible) : undefined;
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
