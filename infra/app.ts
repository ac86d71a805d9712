import { App } from "aws-cdk-lib/core";
import { readContext } from "./context.ts";
import { addService } from "./service.ts";
import { loadServiceFolder } from "./service-folder.ts";

/** cdk.json's entry. A VPC, a key, tables or buckets of your own go where the service does: see `ServiceOptions`. */
try {
  const app = new App();
  const { folder, ...options } = readContext((name) => app.node.tryGetContext(name));
  addService(app, { service: await loadServiceFolder(folder), ...options });
  app.synth();
} catch (error) {
  // One line: whoever forgot an option needs no stack. ERRAND_DEBUG=1 shows it.
  const text = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`errand: ${process.env["ERRAND_DEBUG"] ? text.stack : text.message}\n`);
  process.exitCode = 1;
}
