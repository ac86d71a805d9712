import { OutageError, PermanentError, RetryAfterError } from "../catalog/job-errors.ts";
import { flowDeadlineSeconds, notifyLimits } from "../catalog/queue-settings.ts";
import { runWithin } from "../clock/run-within.ts";
import type { FlowRecord } from "../flow/flow-record.ts";
import { flowView } from "../flow/flow-view.ts";
import type { ReceivedMessage } from "../queue/queue.ts";
import { isEnd, type Notice, noticeId } from "./notice.ts";
import type { Notification } from "./notification.ts";
import type { NotifierPorts } from "./notifier.ts";

/** What came of telling. `seconds` where a channel said when to come back. */
export type TellOutcome =
  | { readonly kind: "told" }
  | { readonly kind: "later"; readonly reason: string; readonly seconds?: number }
  | { readonly kind: "never"; readonly reason: string };

type Tell = (notification: Notification) => Promise<void>;

/**
 * Tells the channels that a flow asked for, side by side, since whoever watches shouldn't wait for somebody's webhook. Where one could
 * not, both are told again: a channel bears that. Never throws.
 */
export async function tell(
  ports: NotifierPorts,
  notice: Notice,
  flow: FlowRecord,
  message: Pick<ReceivedMessage, "sentAt" | "receiveCount">,
): Promise<TellOutcome> {
  const { channels, catalog } = ports;
  const { sentAt: at } = message;
  const about: Notification["about"] = isEnd(notice) ? "end" : "change";
  const notification = {
    ...{ id: noticeId(notice), about, at },
    ...{ flow: flowView(flow, catalog), webhook: flow.notify },
  };
  const isAsked = about === "end" && flow.notify !== undefined;
  // Watched when it was sent, or there is nobody to look for.
  const isWatched = (flow.watchedUntil ?? 0) > at;
  const [webhook, push] = await Promise.all([
    isAsked ? run(ports, notification, at, (whole) => channels.webhook(whole)) : told,
    isWatched ? run(ports, notification, at, (whole) => channels.push(whole)) : told,
  ]);
  if (push.kind === "told" || webhook.kind !== "told") return webhook;
  const reason = `push: ${push.reason}`;
  // A page that waits must not wait for the minute that an endpoint is given; and nobody waits for ever.
  return (flow.watchedUntil ?? 0) > ports.clock.now()
    ? { kind: "later", reason, seconds: Math.min(60, 2 ** message.receiveCount) }
    : told;
}

const told: TellOutcome = { kind: "told" };

async function run(
  { clock }: NotifierPorts,
  notification: Omit<Notification, "signal">,
  at: number,
  tellIt: Tell,
): Promise<TellOutcome> {
  const deadline = clock.now() + notifyLimits.timeoutSeconds * 1000;
  const ended = await runWithin((signal) => tellIt({ ...notification, signal }), { clock, deadline });
  if (ended.kind === "returned") return told;
  const error = ended.kind === "threw" ? ended.error : undefined;
  const timedOut = ended.kind === "stuck" || ended.timedOut;
  const reason = timedOut ? `timed out after ${notifyLimits.timeoutSeconds} s` : words(error);
  if (error instanceof PermanentError) return { kind: "never", reason };
  // As long as a flow may take itself: its message is about to expire.
  if (clock.now() > at + flowDeadlineSeconds * 1000)
    return { kind: "never", reason: `for 11 days: ${reason}` };
  if (error instanceof RetryAfterError && Number.isFinite(error.seconds))
    return { kind: "later", reason, seconds: Math.max(0, error.seconds) };
  return { kind: "later", reason };
}

/** Our own errors' messages; of any other error its name alone, since it may repeat what is nobody's business. */
function words(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${typeof error}`;
  const isOwn =
    error instanceof RetryAfterError || error instanceof PermanentError || error instanceof OutageError;
  return isOwn ? error.message : error.name;
}
