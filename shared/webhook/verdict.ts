import type { PostOutcome } from "../outbound/guarded-post.ts";

/** What a post's outcome means for the delivery, for its endpoint and for its origin. */
export type Verdict =
  | { readonly kind: "delivered" }
  /** The receiver wants no more, ever. */
  | { readonly kind: "gone"; readonly reason: string }
  /** Nothing may be sent there. */
  | { readonly kind: "refused"; readonly reason: string }
  | {
      readonly kind: "failed";
      readonly reason: string;
      /**
       * What it speaks of: the whole origin, which couldn't be reached; the endpoint, which hangs or cuts the connection off; or what the endpoint
       * has answered.
       */
      readonly of: "origin" | "endpoint" | "answer";
      /** What the receiver asks for. */
      readonly retryAfterSeconds?: number;
    };

/**
 * By Standard Webhooks: only 2xx is success, 410 disables, redirects aren't followed and so have failed. An answer speaks for its endpoint alone, 429 and
 * 503 too, and so does none where the connection stood: a host may have a URL for each of its customers, and each its own limit, or its own server behind it.
 */
export function verdictOf(outcome: PostOutcome, now: number): Verdict {
  if (outcome.kind === "refused") return { kind: "refused", reason: outcome.reason };
  if (outcome.kind === "unanswered")
    return { kind: "failed", reason: outcome.reason, of: outcome.connected ? "endpoint" : "origin" };
  const { status, retryAfter } = outcome;
  if (status >= 200 && status < 300) return { kind: "delivered" };
  const reason = `HTTP ${status}`;
  if (status === 410) return { kind: "gone", reason };
  const seconds = retryAfterSeconds(retryAfter, now);
  return {
    kind: "failed",
    reason,
    of: "answer",
    ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
  };
}

/** Seconds, or a date (RFC 9110, 10.2.3); undefined for anything else and for what is over. */
function retryAfterSeconds(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{1,10}$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1000;
  return seconds > 0 ? Math.ceil(seconds) : undefined;
}
