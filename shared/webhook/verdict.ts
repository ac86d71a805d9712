import type { PostOutcome } from "../outbound/guarded-post.ts";

/** What a post's outcome means for the delivery, for its URL and for its origin. */
export type Verdict =
  | { readonly kind: "delivered" }
  /** The receiver wants no more, ever. */
  | { readonly kind: "gone"; readonly reason: string }
  /** Nothing may be sent there. */
  | { readonly kind: "refused"; readonly reason: string }
  | {
      readonly kind: "failed";
      readonly reason: string;
      /** Whether it says something of the whole origin, not of this URL alone: nobody has answered. */
      readonly ofOrigin: boolean;
      /** What the receiver asks for. */
      readonly retryAfterSeconds?: number;
    };

/**
 * By Standard Webhooks: only 2xx is success, 410 disables, redirects aren't followed and so have failed. An answer speaks for its URL alone, 429 and
 * 503 too: a host may have a URL for each of its customers, and each its own limit, or its own server behind it.
 */
export function verdictOf(outcome: PostOutcome, now: number): Verdict {
  if (outcome.kind === "refused") return { kind: "refused", reason: outcome.reason };
  if (outcome.kind === "unanswered") return { kind: "failed", reason: outcome.reason, ofOrigin: true };
  const { status, retryAfter } = outcome;
  if (status >= 200 && status < 300) return { kind: "delivered" };
  const reason = `HTTP ${status}`;
  if (status === 410) return { kind: "gone", reason };
  const seconds = retryAfterSeconds(retryAfter, now);
  return {
    kind: "failed",
    reason,
    ofOrigin: false,
    ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
  };
}

/** Seconds, or a date (RFC 9110, 10.2.3); undefined for anything else and for what is over. */
function retryAfterSeconds(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{1,10}$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1000;
  return seconds > 0 ? Math.ceil(seconds) : undefined;
}
