import { enableEndpoint, originSecrets, rotationSeconds } from "../../../shared/index.ts";
import type { Service } from "../open-service.ts";
import type { Report } from "../report.ts";

/** `webhook-secret`: what the receiver at that URL verifies with. The text is the secret alone, for a pipe. */
export async function webhookSecret({ webhookSecrets, clock }: Service, url: URL): Promise<Report> {
  const [secret = "", ...previous] = originSecrets(await webhookSecrets.read(), url.origin, clock.now());
  return { text: `${secret}\n`, json: { origin: url.origin, secret, previous }, done: true };
}

/** `rotate-webhook-secrets`: every receiver gets a new secret; for a day the one before signs too. Throws before that day is over, unless forced. */
export async function rotateWebhookSecrets(
  { webhookSecrets }: Service,
  options: { readonly force: boolean },
): Promise<Report> {
  const { rotatedAt = 0 } = await webhookSecrets.rotate(options);
  const until = new Date(rotatedAt + rotationSeconds * 1000).toISOString();
  return {
    text: `Webhooks are signed with new secrets, and until ${until} with those before too. \`npm run errand -- webhook-secret URL\` prints a receiver's.\n`,
    json: { rotated: true, previousUntil: until },
    done: true,
  };
}

/** `enable-webhook`: a URL that has answered 410 is told again, of flows that end from now on. */
export async function enableWebhook({ webhookItems: table }: Service, url: URL): Promise<Report> {
  const enabled = await enableEndpoint({ table }, url.href);
  const text = enabled ? "The endpoint is told again.\n" : "The endpoint wasn't disabled.\n";
  return { text, json: { origin: url.origin, enabled }, done: enabled };
}
