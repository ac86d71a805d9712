import { redrive } from "../../infra/operator/commands/redrive.ts";
import type { Service } from "../../infra/operator/open-service.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import type { SecretStore } from "../../shared/secret/secret-store.ts";
import { createMasterSecretStore } from "../../shared/webhook/master-secret.ts";
import type { WebhookItem } from "../../shared/webhook/records.ts";
import { failedSignUp } from "./redriving.ts";

/** Every letter there is. */
export const everything = { jobs: [], queue: undefined, error: undefined };

const silent = {
  progress: { found: () => {}, step: () => {}, stop: () => {} },
  signal: new AbortController().signal,
};

/** A sign-up whose mail has failed, as its operator reaches it. Rates are so high that no time must pass. */
export async function operated() {
  const fixture = await failedSignUp();
  const switched: [string, boolean][] = [];
  const service: Service = {
    ...fixture.redrivePorts,
    breakers: fixture.ports.breakers,
    catalog: fixture.catalog,
    queues: ["dispatch", "mail", "pdf"],
    dependencies: ["smtp"],
    endpoints: [],
    webhookItems: createMemoryTable<WebhookItem>(),
    webhookSecrets: createMasterSecretStore({ store: createMemorySecret(), ...fixture.redrivePorts }),
    eventSources: { set: async (queue, enabled) => void switched.push([queue, enabled]) },
  };
  const id = `${fixture.flow}.mail`;
  const redriveNow = (selection = {}, dryRun = false) =>
    redrive(service, { selection: { ...everything, ...selection }, perSecond: 1e9, dryRun }, silent);
  return { ...fixture, service, id, switched, redriveNow };
}

/** In memory. */
function createMemorySecret(): SecretStore {
  let text: string | undefined;
  return {
    async read(create) {
      text ??= create();
      return text;
    },
    async rotate(next) {
      text = next(text ?? "");
      return text;
    },
  };
}

/** A report's text as cells. */
export const lines = (text: string) => text.split("\n").map((line) => line.trimEnd().split(/ {2,}/));
