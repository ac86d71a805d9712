import { InvalidInputError } from "../../shared/index.ts";
import { abortOnSignal } from "../stop-on-signal.ts";
import { failed } from "./commands/failed.ts";
import { holds } from "./commands/holds.ts";
import { pause, resume } from "./commands/pause.ts";
import { redrive } from "./commands/redrive.ts";
import { show } from "./commands/show.ts";
import { enableWebhook, rotateWebhookSecrets, webhookSecret } from "./commands/webhooks.ts";
import { openService, type Service } from "./open-service.ts";
import { UsageError } from "./operator-error.ts";
import { type Command, help, readOptions } from "./options.ts";
import { createProgress } from "./progress.ts";
import type { Report } from "./report.ts";

/** `npm run errand`: what its operator does with a running service. Answers the exit code. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(help);
    return 0;
  }
  const { text, json, done } = await run(await openService(options.place), options.command);
  process.stdout.write(options.json ? `${JSON.stringify(json, undefined, 2)}\n` : text);
  return done ? 0 : 1;
}

function run(service: Service, command: Command): Promise<Report> {
  switch (command.name) {
    case "failed":
      return failed(service, command.selection);
    case "show":
      return show(service, command.job, command);
    case "redrive":
      return redrive(service, command, { progress: createProgress(process.stderr), signal: abortOnSignal() });
    case "holds":
      return holds(service);
    case "pause":
      return pause(service, command.job);
    case "resume":
      return resume(service, command.job);
    case "webhook-secret":
      return webhookSecret(service, command.url);
    case "rotate-webhook-secrets":
      return rotateWebhookSecrets(service, command);
    case "enable-webhook":
      return enableWebhook(service, command.url);
  }
}

process.exitCode = await main().catch((error: unknown) => {
  // AWS's own refusals too: what they say is what a person can mend.
  process.stderr.write(`errand: ${error instanceof Error ? error.message : String(error)}\n`);
  return error instanceof UsageError || error instanceof InvalidInputError ? 2 : 1;
});
