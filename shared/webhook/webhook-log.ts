import { type DeliveryItem, originLine } from "./records.ts";
import type { WebhookPorts } from "./webhook-ports.ts";
import type { DeliveryChange } from "./writes.ts";

const events = {
  delivered: "webhook.delivered",
  failed: "webhook.failed",
  parked: "webhook.parked",
  waiting: "webhook.retrying",
} as const;

/** A line for what became of a delivery: the receiver's origin, never its path, which may be as good as a password. */
export function logChange(
  { log }: Pick<WebhookPorts, "log">,
  { flow, url }: Pick<DeliveryItem, "flow" | "url">,
  { state, attempts, reason }: DeliveryChange,
): void {
  log({
    level: state === "failed" ? "warn" : "info",
    event: events[state],
    flow,
    origin: originLine(url),
    attempts,
    ...(reason === undefined ? {} : { reason }),
  });
}

/** What an operator may know of a refused address, and its caller may not: the delivery has the reason alone. */
export function logRefused(
  { log }: Pick<WebhookPorts, "log">,
  { flow, url }: Pick<DeliveryItem, "flow" | "url">,
  { reason, range }: { readonly reason: string; readonly range?: string },
): void {
  log({
    level: "warn",
    event: "webhook.refused",
    flow,
    origin: originLine(url),
    reason: range === undefined ? reason : `${reason} (${range})`,
  });
}
