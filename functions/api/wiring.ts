import { createS3FileStore, s3Client } from "../../shared/aws/index.ts";
import {
  type Catalog,
  createDeliveryReader,
  createLostCheckArmer,
  createProducer,
  onceReady,
} from "../../shared/index.ts";
import { createEngine } from "../engine.ts";
import type { Environment } from "../environment.ts";
import { createS3Uploads } from "../s3-uploads.ts";
import { type ApiPorts, createApi, createRoutes } from "./api.ts";
import type { HttpHandler } from "./http.ts";
import { bundledPage, type PageSource } from "./page.ts";
import { pageOrigins } from "./page-origins.ts";
import type { Route } from "./router.ts";

/** What another service of the same shape serves instead. */
export interface ApiOptions {
  /** Default: this service's own. */
  readonly catalog?: Catalog;
  /** Default: the product's. */
  readonly routes?: (ports: ApiPorts) => readonly Route[];
  /** Default: the one that the bundle brings. */
  readonly page?: PageSource | undefined;
}

/**
 * The API over AWS, for whatever serves it.
 * @throws Error in the form `<name>: <rule>, got <value>` where a variable isn't set.
 */
export function createApiFromEnvironment(
  environment: Environment,
  { catalog, routes = createRoutes, page = bundledPage }: ApiOptions = {},
): HttpHandler {
  const engine = createEngine(environment, catalog);
  const files = createS3FileStore({ client: s3Client, bucket: environment.required("FILES_BUCKET") });
  const uploads = createS3Uploads({
    ...{ client: s3Client, bucket: environment.required("UPLOADS_BUCKET") },
    formUrl: environment.optional("UPLOADS_URL"),
  });
  const socketUrl = environment.optional("SOCKET_URL");
  const ports: ApiPorts = {
    catalog: engine.catalog,
    ledger: engine.ledger,
    producer: createProducer(engine),
    files,
    uploads,
    entropy: engine.entropy,
    armLostCheck: createLostCheckArmer(engine),
    deliveries: createDeliveryReader({ table: engine.webhookItems }),
    log: engine.log,
    socketUrl,
    page: onceReady(page),
    pageOrigins: onceReady(() => pageOrigins({ files, uploads, socketUrl })),
  };
  return createApi(ports, routes(ports), {
    corsOrigins: environment.corsOrigins(),
    clientRatePerSecond: environment.clientRatePerSecond(),
  });
}
