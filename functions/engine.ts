import { awsPorts } from "../shared/aws/index.ts";
import { jsonLog, readableLog } from "../shared/index.ts";
import { catalog } from "./catalog.ts";
import type { Environment } from "./environment.ts";

/** The engine of this service: its ports over AWS, its catalog, and how it logs and lasts. */
export function createEngine(environment: Environment) {
  const onStuck = environment.onStuck();
  return {
    ...awsPorts({
      ledgerTable: environment.required("LEDGER_TABLE"),
      payloadBucket: environment.required("PAYLOAD_BUCKET"),
      queueUrls: environment.queueUrls(),
    }),
    catalog,
    log: environment.log() === "readable" ? readableLog() : jsonLog(),
    profile: environment.profile(),
    // Lambda starts a new process for the next batch; what ran in this one is over.
    onStuck: () => (onStuck === "exit" ? process.exit(1) : undefined),
  };
}
