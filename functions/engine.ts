import { awsPorts } from "../shared/aws/index.ts";
import { type Catalog, jsonLog, readableLog } from "../shared/index.ts";
import { catalog as ownCatalog } from "./catalog.ts";
import type { Environment } from "./environment.ts";

/** The engine of a service, of this one unless told otherwise: its ports over AWS, its catalog, how it logs and lasts. */
export function createEngine(environment: Environment, catalog: Catalog = ownCatalog) {
  const onStuck = environment.onStuck();
  return {
    ...awsPorts({
      ledgerTable: environment.required("LEDGER_TABLE"),
      payloadBucket: environment.required("PAYLOAD_BUCKET"),
      queueUrls: environment.queueUrls(),
    }),
    catalog,
    service: environment.optional("ERRAND_SERVICE"),
    log: environment.log() === "readable" ? readableLog() : jsonLog(),
    profile: environment.profile(),
    localWebhooks: environment.localWebhooks(),
    tellsDefaults: environment.tellsDefaults(),
    // Lambda starts a new process for the next batch; what ran in this one is over.
    onStuck: () => (onStuck === "exit" ? process.exit(1) : undefined),
  };
}
