import { RetryAfterError } from "../catalog/job-errors.ts";
import type { NotificationChannels } from "../notification/notification.ts";
import { createWebhookChannel } from "./webhook-channel.ts";
import type { WebhookPorts } from "./webhook-ports.ts";

/** What a post may take, 15 s, with what is read before it and written after it. */
const postMilliseconds = 18_000;

/** The notifier's channel of webhooks. What has to wait for up to 15 minutes is told again then; what has to wait longer is parked. */
export function createWebhookNotifications(
  ports: WebhookPorts,
): Required<Pick<NotificationChannels, "webhook" | "probe">> {
  const channel = createWebhookChannel(ports);
  return {
    async webhook({ id, flow, webhook: url }) {
      if (url === undefined) return;
      const epoch = Number(id.slice(id.lastIndexOf(".") + 1));
      const next = await channel.deliver({ id, flow: flow.id, epoch, url, view: flow });
      if (next.kind === "hide") throw new RetryAfterError("its endpoint is tried again", next.seconds);
    },
    async probe(probe, remaining) {
      const next = await channel.probe(probe, { remaining, postMilliseconds });
      return next.kind === "hide" ? next.seconds : undefined;
    },
  };
}
