import { webhookSlowSeconds } from "../catalog/queue-settings.ts";
import type { Update, WriteAnswer } from "../ledger/table.ts";
import type { Attempt } from "./attempt.ts";
import { disableEndpoint, isDisabled } from "./endpoints.ts";
import {
  type DeliveryItem,
  endpointId,
  endpointLine,
  type Line,
  type LineItem,
  originLine,
  type WebhookItem,
} from "./records.ts";
import type { WebhookPorts } from "./webhook-ports.ts";
import { type FailureCount, lineDown, lineFailed, lineKept, lineUp } from "./writes.ts";

/** What is known of a delivery's origin and of its endpoint; nothing where there was no trouble. */
export interface Lines {
  readonly origin: LineItem | undefined;
  readonly endpoint: LineItem | undefined;
}

/** An origin is down when it couldn't be reached twice, an endpoint when it hung twice: once may be anything. */
const failuresOfDown = 2;

/**
 * When so many endpoints have gone down with no success at any between them, their origin is taken for down as well. One who has an endpoint there
 * that hangs parks nobody else.
 */
const hungOfDown = 10;

/**
 * From so many failures of single endpoints on, with no success between them, those that have failed cost no message while they wait, however
 * short. Others are still tried: one endpoint's failures say nothing of theirs.
 */
const failuresOfTrouble = 10;

export function isTroubled({ origin }: Lines): boolean {
  return (origin?.failures ?? 0) >= failuresOfTrouble;
}

/** The line of the two that is down, if one is: the origin's before the endpoint's. */
export function downOf({ origin, endpoint }: Lines): LineItem | undefined {
  return [origin, endpoint].find((line) => line?.since !== undefined);
}

/** Whether an origin is down for nothing but endpoints of it that hang: another of them may be well. */
export function isDownByHanging({ kind, unreached = 0, hung = 0 }: LineItem): boolean {
  return kind === "origin" && hung >= hungOfDown && unreached < failuresOfDown;
}

/** The URLs among those of some deliveries whose endpoint is down, so that a post is likely to take its whole time. Throws what the table throws. */
export async function readHanging(
  { table }: Pick<WebhookPorts, "table">,
  deliveries: readonly Pick<DeliveryItem, "url">[],
): Promise<ReadonlySet<string>> {
  const urls = [...new Set(deliveries.map(({ url }) => url))];
  const found = await table.get(urls.map(endpointId));
  return new Set(
    urls.filter((url) => asLine(found.get(endpointId(url)), endpointLine(url))?.since !== undefined),
  );
}

/** An item of the table that was asked for by a line's id. */
export function asLine(item: { readonly kind: string } | undefined, line: Line): LineItem | undefined {
  return item?.kind === "origin" || item?.kind === "endpoint" ? { ...(item as LineItem), line } : undefined;
}

/** Writes to a line, whose item lives on from now, but for that of a disabled endpoint, which has no end. Throws what the table throws. */
export async function writeLine(
  { table, clock }: Pick<WebhookPorts, "table" | "clock">,
  update: Update,
): Promise<WriteAnswer<WebhookItem>> {
  const answer = await table.update(lineKept(update, clock.now()));
  return answer.applied || !isDisabled(answer.record) ? answer : table.update(update);
}

/** Notes what an attempt says of its origin and its endpoint, where that isn't known yet, and answers both as they stand. Throws what the table throws. */
export async function noteAttempt(
  ports: WebhookPorts,
  { url }: Pick<DeliveryItem, "url">,
  { verdict, milliseconds }: Pick<Attempt, "verdict" | "milliseconds">,
  known: Lines,
): Promise<Lines> {
  switch (verdict.kind) {
    case "gone":
      await disableEndpoint(ports, url);
      ports.log({ level: "warn", event: "endpoint.gone", origin: originLine(url), reason: verdict.reason });
      return known;
    case "delivered": {
      const seconds = milliseconds / 1000;
      if (seconds < webhookSlowSeconds) return recovered(ports, known);
      return hung(ports, url, `slow: an answer took ${Math.round(seconds)} s`, known);
    }
    case "failed": {
      const { reason, of } = verdict;
      if (of === "endpoint") return hung(ports, url, reason, known);
      const count = of === "origin" ? "unreached" : "failures";
      return { ...known, origin: await failed(ports, originLine(url), count, reason) };
    }
    default:
      return known;
  }
}

async function recovered(ports: WebhookPorts, known: Lines): Promise<Lines> {
  const [origin, endpoint] = await Promise.all([known.origin, known.endpoint].map((each) => up(ports, each)));
  return { origin, endpoint };
}

async function up(ports: WebhookPorts, known: LineItem | undefined): Promise<LineItem | undefined> {
  if (!known || !(known.unreached || known.hung || known.failures || known.since)) return known;
  const { line, kind, since } = known;
  const { record } = await writeLine(ports, lineUp(line));
  if (since !== undefined) ports.log({ level: "info", event: `${kind}.up`, origin: originLine(line) });
  return asLine(record, line);
}

async function hung(ports: WebhookPorts, url: string, reason: string, { origin }: Lines): Promise<Lines> {
  const { line: endpoint, wentDown } = await noteFailure(ports, endpointLine(url), "unreached", reason);
  return { endpoint, origin: wentDown ? await failed(ports, originLine(url), "hung", reason) : origin };
}

async function failed(...failure: Parameters<typeof noteFailure>): Promise<LineItem | undefined> {
  return (await noteFailure(...failure)).line;
}

/** Counts a failure. Of those who find at the same time that it is one too many, one has taken the line down. */
async function noteFailure(
  ports: WebhookPorts,
  name: Line,
  count: FailureCount,
  reason: string,
): Promise<{ readonly line: LineItem | undefined; readonly wentDown: boolean }> {
  const { table, clock, log } = ports;
  const line = asLine((await writeLine(ports, lineFailed(name, count, reason))).record, name);
  const isDown = (line?.unreached ?? 0) >= failuresOfDown || (line?.hung ?? 0) >= hungOfDown;
  if (!line || !isDown || line.since !== undefined) return { line, wentDown: false };
  const answer = await table.update(lineDown(name, clock.now()));
  if (answer.applied) log({ level: "warn", event: `${line.kind}.down`, origin: originLine(name), reason });
  return { line: asLine(answer.record, name), wentDown: answer.applied };
}
