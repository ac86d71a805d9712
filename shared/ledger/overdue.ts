import type { DurationProfile } from "../catalog/queue-settings.ts";
import { errorText, type FlowRecord, type JobRecord } from "../flow/flow-record.ts";
import type { Settlement } from "./job-writes.ts";

/** Until when a flow's open jobs are left alone, in ms since 1970: what was begun in time may still end by itself. */
export function graceEnd({ deadline }: Pick<FlowRecord, "deadline">, profile: DurationProfile): number {
  return deadline + profile.deadlineGraceSeconds * 1000;
}

/** How a job ends that its flow's deadline overtook: with what it waited for, and no attempt. */
export function overdueSettlement({ error: last }: Pick<JobRecord, "error">) {
  const error = last === undefined ? "deadline" : errorText(`deadline: ${last}`);
  return { status: "failed", countAttempt: false, error } as const satisfies Settlement;
}
