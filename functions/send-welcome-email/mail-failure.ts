import {
  NotDoneError,
  OutageError,
  PermanentError,
  RetryAfterError,
  UnknownOutcomeError,
} from "../../shared/index.ts";
import { domainOf } from "./mail-address.ts";
import type { MailMessage } from "./mailer.ts";
import { withCodes } from "./service-error.ts";

/**
 * What a failed send means, which is what the job does then:
 * - `try again`: not sent, and it may be this mail's own affair: again with backoff, an attempt spent.
 * - `throttled`: not sent, too many at a time: again within seconds, no attempt spent.
 * - `outage`: not sent, and it would hit every mail alike: all are held, no attempt spent, one probes once a minute.
 * - `permanent`: refused for what the mail itself is: the job fails.
 * - `unknown`: it may have gone: the job's rule for a cut-off effect decides.
 *
 * A wrong `outage` holds everybody's mail, a wrong `try again` ends among the dead letters after hours. So `outage` is
 * what can't be the work of one mail, least of all of the address that a stranger has typed: a failure before the
 * mail's envelope was named, one of the account, or one of the sender, who is the same in each mail.
 */
export type Outcome = "try again" | "throttled" | "outage" | "permanent" | "unknown";

/** A row of a mailer's table. The first that fits decides. */
export interface FailureRule {
  readonly outcome: Outcome;
  /** What the job's error says: the adapter's own words, without anything of the service's text. */
  readonly words: string;
  /** Where the service or the protocol says so. */
  readonly source: string;
}

/** The two of a mail whom an error of the service may be about. */
export interface MailParties {
  /** `local@domain`, both. */
  readonly from: string;
  readonly to: string;
}

/** Those of a message. */
export function partiesOf({ from, to }: Pick<MailMessage, "from" | "to">): MailParties {
  return { from: from.address, to: to.address };
}

/**
 * The job's error by the rule. `retryAfterSeconds` is the service's own word, and counts where it throttles.
 */
export function jobErrorOf(
  { outcome, words }: FailureRule,
  codes: string,
  retryAfterSeconds: number = throttleSeconds(),
): Error {
  const message = withCodes(words, codes);
  if (outcome === "throttled") return new RetryAfterError(message, retryAfterSeconds);
  if (outcome === "outage") return new OutageError(message, "mail");
  const Kind = { permanent: PermanentError, unknown: UnknownOutcomeError, "try again": NotDoneError }[
    outcome
  ];
  return new Kind(message);
}

/**
 * How long a throttled mail waits where the service doesn't say: 1 to 10 s, drawn for each. Rates are counted by the
 * second, so one would do; spread over ten, ten workers that are throttled at once come back about one a second, which
 * even an account in SES's sandbox takes. Far more would make a burst wait for nothing.
 */
export function throttleSeconds(random: () => number = Math.random): number {
  return 1 + 9 * random();
}

/** Whether one of an error's codes is among these; `CERT_*` is any that starts so. */
export function hasCode(codes: readonly string[], wanted: readonly string[]): boolean {
  return wanted.some((pattern) =>
    pattern.endsWith("*")
      ? codes.some((code) => code.startsWith(pattern.slice(0, -1)))
      : codes.includes(pattern),
  );
}

/** Whether the service's text starts with one of these. At its start alone: behind it may stand what a stranger has typed. */
export function startsWithOneOf(text: string, beginnings: readonly string[]): boolean {
  return beginnings.some((beginning) => text.toLowerCase().startsWith(beginning.toLowerCase()));
}

/**
 * Whether a refusal names the recipient as an identity of SES, and not the sender: so it does in the sandbox alone, and
 * of this mail only. Text that names neither is about the sender, or about all.
 */
export function namesRecipientOnly(text: string, { from, to }: MailParties): boolean {
  const named = identitiesIn(text);
  const names = (address: string) => named.has(address) || named.has(domainOf(address));
  return names(to.toLowerCase()) && !names(from.toLowerCase());
}

/**
 * The words of a list ("…: a@b.example, c@d.example") and the names in ARNs ("…:identity/b.example'"), whole: an address
 * that ends like the sender's isn't the sender's, and neither does an ARN begin in what somebody has typed, which has no colon.
 */
function identitiesIn(text: string): ReadonlySet<string> {
  const words = text.toLowerCase().matchAll(/(?:^|[\s,]|:identity\/)([^\s,:]+)/g);
  return new Set([...words].map(([, word = ""]) => word.replace(/[^a-z0-9]+$/, "")));
}
