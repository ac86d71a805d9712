import type { StandardSchemaV1 } from "@standard-schema/spec";
import { checkName, type JobDefinition, type PlannedJob } from "./job.ts";
import { InvalidDefinitionError } from "./violation.ts";

export interface FlowDefinition<Schema extends StandardSchemaV1 = StandardSchemaV1> {
  readonly name: string;
  readonly input: Schema;
  /** The jobs that this input asks for: a request may start some and not others. Pure: it is run again on a replay. */
  plan(input: StandardSchemaV1.InferOutput<Schema>): readonly PlannedJob[];
}

/**
 * Defines a flow: what one request starts.
 * @throws InvalidDefinitionError where the name can't be used.
 */
export function defineFlow<Schema extends StandardSchemaV1>(
  flow: FlowDefinition<Schema>,
): FlowDefinition<Schema> {
  checkName("flow name", flow.name);
  return flow;
}

/** A flow of the one job, under the job's name: what `push` starts. */
export function flowOf(job: JobDefinition): FlowDefinition {
  return { name: job.name, input: anything, plan: (input) => [{ key: job.name, job, input }] };
}

/** Whether the flow is a job's own, so that its input is the job's. */
export function isPush(flow: FlowDefinition): boolean {
  return flow.input === anything;
}

/** The job's own schema checks the input when it is planned: parsed before, a transformed value would be parsed twice. */
const anything: StandardSchemaV1 = {
  "~standard": { version: 1, vendor: "errand", validate: (value) => ({ value }) },
};

/** A flow's item stays far from DynamoDB's 400 KB: 300 jobs of at most 1 KB each. */
const maximumJobs = 300;

/**
 * Refuses a plan that can't be recorded: no job, too many, an unusable or repeated key.
 * @throws InvalidDefinitionError that names the flow and the key.
 */
export function checkPlan(flow: { readonly name: string }, plan: readonly PlannedJob[]): void {
  if (plan.length < 1 || plan.length > maximumJobs) {
    throw new InvalidDefinitionError(`${flow.name}.plan`, `1 to ${maximumJobs} jobs`, plan.length);
  }
  const keys = new Set<string>();
  for (const { key } of plan) {
    checkName(`${flow.name}.plan.key`, key);
    if (keys.has(key))
      throw new InvalidDefinitionError(`${flow.name}.plan.key`, "a key of its own for each job", key);
    keys.add(key);
  }
}
