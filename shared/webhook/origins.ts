import { webhookSlowSeconds } from "../catalog/queue-settings.ts";
import type { Attempt } from "./attempt.ts";
import { disableEndpoint } from "./endpoints.ts";
import type { DeliveryItem, OriginItem } from "./records.ts";
import type { WebhookPorts } from "./webhook-ports.ts";
import { originDown, originFailed, originUp } from "./writes.ts";

/** An origin is down when it couldn't be reached twice: once may be anything. */
const unreachedOfDown = 2;

/**
 * From so many failures of single URLs on, with no success between them, those that have failed cost no message while they wait, however
 * short. Others are still tried: one URL's failures say nothing of theirs.
 */
const failuresOfTrouble = 10;

export function isTroubled(origin: OriginItem | undefined): boolean {
  return origin !== undefined && (origin.since !== undefined || (origin.failures ?? 0) >= failuresOfTrouble);
}

/**
 * Notes what an attempt says of its origin, where that isn't known yet, and answers the origin as it stands. Throws what the table throws.
 */
export async function noteAttempt(
  ports: WebhookPorts,
  { url }: Pick<DeliveryItem, "url">,
  { verdict, milliseconds }: Pick<Attempt, "verdict" | "milliseconds">,
  known: OriginItem | undefined,
): Promise<OriginItem | undefined> {
  const { origin } = new URL(url);
  if (verdict.kind === "gone") {
    await disableEndpoint(ports, url);
    ports.log({ level: "warn", event: "endpoint.gone", endpoint: origin, reason: verdict.reason });
  }
  if (verdict.kind === "delivered" && milliseconds < webhookSlowSeconds * 1000)
    return recovered(ports, origin, known);
  if (verdict.kind === "delivered") {
    const reason = `slow: an answer took ${Math.round(milliseconds / 1000)} s`;
    return failed(ports, origin, { ofOrigin: true, reason });
  }
  if (verdict.kind !== "failed") return known;
  const { reason, ofOrigin } = verdict;
  return failed(ports, origin, { ofOrigin, reason });
}

async function recovered(
  { table, clock, log }: WebhookPorts,
  origin: string,
  known: OriginItem | undefined,
): Promise<OriginItem | undefined> {
  if (!known || !(known.unreached || known.failures || known.since)) return known;
  const { record } = await table.update(originUp(origin, clock.now()));
  if (known.since !== undefined) log({ level: "info", event: "endpoint.up", endpoint: origin });
  return asOrigin(record);
}

async function failed(
  { table, clock, log }: WebhookPorts,
  origin: string,
  failure: Parameters<typeof originFailed>[1],
): Promise<OriginItem | undefined> {
  const now = clock.now();
  const noted = asOrigin((await table.update(originFailed(origin, failure, now))).record);
  if ((noted?.unreached ?? 0) < unreachedOfDown || noted?.since !== undefined) return noted;
  const answer = await table.update(originDown(origin, now));
  const { reason } = failure;
  if (answer.applied) log({ level: "warn", event: "endpoint.down", endpoint: origin, reason });
  return asOrigin(answer.record);
}

/** An item of the table that was asked for by an origin's id. */
export function asOrigin(item: { readonly kind: string } | undefined): OriginItem | undefined {
  return item?.kind === "origin" ? (item as OriginItem) : undefined;
}
