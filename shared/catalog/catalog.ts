import type { FlowDefinition } from "./flow.ts";
import type { JobDefinition } from "./job.ts";
import { InvalidDefinitionError } from "./violation.ts";

/** Every flow and job of one service: read by the API, the infrastructure, the local runtime and the operator's tools. */
export interface Catalog {
  readonly flows: ReadonlyMap<string, FlowDefinition>;
  readonly jobs: ReadonlyMap<string, JobDefinition>;
}

/**
 * Reads a service's definitions. Names are shared by flows and jobs, because pushing a single job starts a flow of its name.
 * @throws InvalidDefinitionError where two definitions have one name, or a job has the name of what another uses: each
 * has a breaker under its name.
 */
export function defineCatalog({
  flows,
  jobs,
}: {
  // biome-ignore lint/suspicious/noExplicitAny: a plan takes its own input, which no common type but any admits
  readonly flows: readonly FlowDefinition<any>[];
  // biome-ignore lint/suspicious/noExplicitAny: likewise for a job's `with`
  readonly jobs: readonly JobDefinition<any>[];
}): Catalog {
  const names = new Set<string>();
  for (const { name } of [...flows, ...jobs]) {
    if (names.has(name))
      throw new InvalidDefinitionError("catalog", "a name of its own for each flow and job", name);
    names.add(name);
  }
  for (const job of jobs) {
    for (const name of job.uses.filter((use) => names.has(use))) {
      throw new InvalidDefinitionError(`${job.name}.uses`, "not the name of a flow or job", name);
    }
  }
  return {
    flows: new Map(flows.map((flow) => [flow.name, flow])),
    jobs: new Map(jobs.map((job) => [job.name, job])),
  };
}

/** All that the jobs of a service use: each has a breaker under its name. */
export function dependenciesOf({ jobs }: Pick<Catalog, "jobs">): string[] {
  return [...new Set([...jobs.values()].flatMap(({ uses }) => uses))];
}
