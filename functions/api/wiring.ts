import { createS3FileStore, s3Client } from "../../shared/aws/index.ts";
import { type Catalog, createLostCheckArmer, createProducer } from "../../shared/index.ts";
import { createEngine } from "../engine.ts";
import type { Environment } from "../environment.ts";
import { type ApiPorts, createApi, createRoutes } from "./api.ts";
import type { HttpHandler } from "./http.ts";
import type { Route } from "./router.ts";

/** What another service of the same shape serves instead. */
export interface ApiOptions {
  /** Default: this service's own. */
  readonly catalog?: Catalog;
  /** Default: the product's. */
  readonly routes?: (ports: ApiPorts) => readonly Route[];
}

/**
 * The API over AWS, for whatever serves it.
 * @throws Error in the form `<name>: <rule>, got <value>` where a variable isn't set.
 */
export function createApiFromEnvironment(
  environment: Environment,
  { catalog, routes = createRoutes }: ApiOptions = {},
): HttpHandler {
  const engine = createEngine(environment, catalog);
  const ports: ApiPorts = {
    catalog: engine.catalog,
    ledger: engine.ledger,
    producer: createProducer(engine),
    files: createS3FileStore({ client: s3Client, bucket: environment.required("FILES_BUCKET") }),
    armLostCheck: createLostCheckArmer(engine),
    log: engine.log,
    socketUrl: environment.optional("SOCKET_URL"),
  };
  return createApi(ports, routes(ports), {
    corsOrigins: environment.corsOrigins(),
    clientRatePerSecond: environment.clientRatePerSecond(),
  });
}
