import { domainToASCII } from "node:url";
import { PermanentError } from "../../shared/index.ts";
import { displayName, isolated } from "./display-name.ts";
import { domainOf, isMailAddress } from "./mail-address.ts";
import type { MailAddress, MailMessage } from "./mailer.ts";
import { type WelcomeWords, welcomeHtml, welcomeText } from "./welcome-template.ts";

/** What the job `send-welcome-email` is given. */
export interface WelcomeInput {
  readonly email: string;
  readonly name: string;
  readonly plan: "free" | "pro";
  /** BCP 47. The mail is in English: this picks how English dates are written. Default: `en-GB`. */
  readonly locale?: string | undefined;
}

export interface WelcomeEmail {
  readonly to: string;
  readonly name: string;
  readonly plan: WelcomeInput["plan"];
  readonly locale?: string | undefined;
  /** `<flow>.<key>`; gives the mail its Message-ID. */
  readonly jobId: string;
  /** When the sign-up was accepted; its date stands in the mail. */
  readonly createdAt: Date;
  /** The sender; its name is the service's name in the text. */
  readonly from: MailAddress;
}

/** RFC 3834, section 5, and what Exchange goes by: no out-of-office notes in return. */
export const automatic = { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" } as const;

/** RFC 5322, section 3.2.3. */
const DOT_ATOM = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;

/**
 * The welcome mail, made of its input alone: the same job always gives the same message. Only `Date` is left out, and
 * set when the mail is sent, since that is what it means (RFC 5322, section 3.6.1): a mail held back for a day by an
 * outage would else arrive a day old, deep in the inbox and suspect to filters. What tells two copies apart is the
 * Message-ID.
 *
 * Throws PermanentError where the address or the job's id can't stand in a mail.
 */
export function composeWelcomeEmail(email: WelcomeEmail): MailMessage {
  if (!isMailAddress(email.to)) {
    throw new PermanentError("The recipient's address is no local@domain");
  }
  const name = displayName(email.name);
  const words = welcomeWords(email, name);
  return {
    from: { ...email.from },
    to: { name, address: email.to },
    subject: `Welcome to ${email.from.name}${name && `, ${isolated(name)}`}`,
    text: welcomeText(words),
    html: welcomeHtml(words),
    messageId: messageId(email.jobId, email.from.address),
    headers: automatic,
  };
}

/** `<job id@sender's domain>`: the same on a second attempt, by which mail programs show two copies as one. */
export function messageId(jobId: string, fromAddress: string): string {
  const domain = domainToASCII(domainOf(fromAddress));
  if (!DOT_ATOM.test(jobId)) throw new PermanentError("The job's id is no dot-atom, so no Message-ID");
  if (!DOT_ATOM.test(domain)) throw new PermanentError("The sender's address has no domain for a Message-ID");
  return `<${jobId}@${domain}>`;
}

const PLANS: Readonly<Record<WelcomeInput["plan"], { readonly name: string; readonly about: string }>> = {
  free: { name: "Free", about: "It costs nothing, for as long as you like." },
  pro: { name: "Pro", about: "All of it is yours from today." },
};

function welcomeWords(email: WelcomeEmail, name: string): WelcomeWords {
  const plan = PLANS[email.plan];
  const date = englishDate(email.createdAt, email.locale);
  return {
    service: email.from.name,
    name,
    opening: "Your account is ready, and there is nothing else to do.",
    planLabel: "Your plan",
    planName: plan.name,
    planAbout: plan.about,
    closing: `You signed up on ${date}. If it wasn't you, somebody mistyped their address, and you can ignore this mail.`,
  };
}

/** A long date in UTC, in the English of the locale's region: "November 22, 2026" for en-US, else "22 November 2026". */
function englishDate(date: Date, locale = ""): string {
  const english = /^en-[A-Za-z]{2}$/.test(locale) ? locale : "en-GB";
  return new Intl.DateTimeFormat(english, { dateStyle: "long", timeZone: "UTC" }).format(date);
}
