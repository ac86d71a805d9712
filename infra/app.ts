import { App } from "aws-cdk-lib/core";
import { catalog } from "../functions/catalog.ts";
import { readContext } from "./context.ts";
import { addService } from "./service.ts";

/** cdk.json's entry. A VPC, a key, tables or buckets of your own go where the catalog does: see `ServiceOptions`. */
try {
  const app = new App();
  addService(app, { catalog, ...readContext((name) => app.node.tryGetContext(name)) });
  app.synth();
} catch (error) {
  // One line: whoever forgot an option needs no stack. ERRAND_DEBUG=1 shows it.
  const text = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`errand: ${process.env["ERRAND_DEBUG"] ? text.stack : text.message}\n`);
  process.exitCode = 1;
}
