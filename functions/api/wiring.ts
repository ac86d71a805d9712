import { createS3FileStore, s3Client } from "../../shared/aws/index.ts";
import { createProducer } from "../../shared/index.ts";
import { createEngine } from "../engine.ts";
import type { Environment } from "../environment.ts";
import { createApi } from "./api.ts";
import type { HttpHandler } from "./http.ts";

/**
 * The API over AWS, for whatever serves it.
 * @throws Error in the form `<name>: <rule>, got <value>` where a variable isn't set.
 */
export function createApiFromEnvironment(environment: Environment): HttpHandler {
  const engine = createEngine(environment);
  return createApi({
    catalog: engine.catalog,
    ledger: engine.ledger,
    producer: createProducer(engine),
    files: createS3FileStore({ client: s3Client, bucket: environment.required("FILES_BUCKET") }),
    log: engine.log,
  });
}
