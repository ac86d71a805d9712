import { type Catalog, createProducer, type FileStore, s3Client } from "../../shared/index.ts";
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
export async function createApiFromEnvironment(
  environment: Environment,
  { catalog, routes = createRoutes }: ApiOptions = {},
): Promise<HttpHandler> {
  const engine = createEngine(environment, catalog);
  const ports: ApiPorts = {
    catalog: engine.catalog,
    ledger: engine.ledger,
    producer: createProducer(engine),
    files: lazyFiles(environment.required("FILES_BUCKET")),
    log: engine.log,
  };
  return createApi(ports, routes(ports));
}

/** Only a download asks for S3's client, which is 44 ms of a cold start (measured): it is loaded by the first. */
function lazyFiles(bucket: string): Pick<FileStore, "url"> {
  let store: Promise<FileStore> | undefined;
  async function load() {
    const { createS3FileStore } = await import("../../shared/files/s3-file-store.ts");
    return createS3FileStore({ client: await s3Client(), bucket });
  }
  return {
    async url(key, options) {
      store ??= load();
      return (await store).url(key, options);
    },
  };
}
