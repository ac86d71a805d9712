import { Webhook } from "standardwebhooks";

/** The headers of Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export interface WebhookHeaders extends Readonly<Record<string, string>> {
  readonly "webhook-id": string;
  readonly "webhook-timestamp": string;
  readonly "webhook-signature": string;
}

/**
 * What signs a body: an id that all attempts share, by which a receiver knows a repeat; this attempt's time (`now`, in ms
 * since 1970), by which it knows a replay; and a signature for each secret, so that a receiver of either takes it while they are being rotated.
 */
export function webhookHeaders({
  id,
  now,
  body,
  secrets,
}: {
  readonly id: string;
  readonly now: number;
  readonly body: string;
  /** `whsec_` and base64, the newest first. */
  readonly secrets: readonly string[];
}): WebhookHeaders {
  const time = new Date(now);
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now / 1000)),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, time, body)).join(" "),
  };
}
