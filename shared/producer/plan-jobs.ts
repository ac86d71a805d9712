import type { Catalog } from "../catalog/catalog.ts";
import { checkPlan, type FlowDefinition, isPush } from "../catalog/flow.ts";
import { InvalidDefinitionError, InvalidInputError, parseInput } from "../catalog/violation.ts";

/** A job of a flow as it travels: JSON that its schema accepted. */
export interface WireJob {
  /** The definition's name. */
  readonly job: string;
  readonly input: unknown;
}

/**
 * The jobs that a flow's plan asks for, by key, each input checked as the worker will see it: after JSON, which drops
 * what is undefined and turns a Date into a string.
 * @throws InvalidDefinitionError where the plan can't work; InvalidInputError with paths below the job's key, where
 * it isn't a single job that is pushed.
 */
export async function planJobs(
  flow: FlowDefinition,
  input: unknown,
  catalog: Catalog,
): Promise<ReadonlyMap<string, WireJob>> {
  const plan = flow.plan(input);
  checkPlan(flow, plan);
  const jobs = new Map<string, WireJob>();
  for (const planned of plan) {
    if (catalog.jobs.get(planned.job.name) !== planned.job) {
      throw new InvalidDefinitionError(`${flow.name}.plan`, "jobs of the catalog", planned.job.name);
    }
    const wire = JSON.parse(JSON.stringify(planned.input ?? null)) as unknown;
    await parseInput(planned.job.input, wire).catch((error: unknown) => {
      throw error instanceof InvalidInputError && !isPush(flow) ? below(planned.key, error) : error;
    });
    jobs.set(planned.key, { job: planned.job.name, input: wire });
  }
  return jobs;
}

function below(key: string, error: InvalidInputError): InvalidInputError {
  return new InvalidInputError(
    error.violations.map(({ path, ...rest }) => ({
      path: path === "input" ? key : `${key}.${path}`,
      ...rest,
    })),
  );
}
