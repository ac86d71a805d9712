import type { StandardSchemaV1 } from "@standard-schema/spec";
import { createEngine } from "../../../functions/engine.ts";
import { readEnvironment } from "../../../functions/environment.ts";
import { type SqsFunction, sqsWorker } from "../../../shared/aws/index.ts";
import type { JobDefinition, JobHandler } from "../../../shared/index.ts";
import { catalog } from "./catalog.ts";

/** The function of a test job, whose work touches nothing but its own process. */
export function testWorker<Schema extends StandardSchemaV1>(
  job: JobDefinition<Schema>,
  handler: JobHandler<StandardSchemaV1.InferOutput<Schema>>,
): SqsFunction {
  return sqsWorker(job, () => ({ ...createEngine(readEnvironment(), catalog), handler }));
}
