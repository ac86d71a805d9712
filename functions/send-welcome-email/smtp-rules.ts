import type { FailureRule } from "./mail-failure.ts";

/**
 * How far the mail came: the `connection` (name, greeting, TLS, login, and a session that broke off before the content),
 * each step of the envelope, the `content` and the command that announces it. `unanswered`: a byte of the content was
 * handed over, and no final reply came.
 */
export type SmtpStage = "connection" | "sender" | "recipient" | "content" | "unanswered";

export interface SmtpRule extends FailureRule {
  /** nodemailer's codes, or the system's that it keeps beside; `CERT_*` is any that starts so. Default: any. */
  readonly codes?: readonly string[];
  /** Reply codes, from and to. Default: any, none included. */
  readonly replies?: readonly [least: number, most: number];
  /** Enhanced status codes without their class: `X.4.5`. */
  readonly enhanced?: readonly string[];
  /** How the reply starts behind its codes. Only where nothing else tells; were the words to change, a later row decides. */
  readonly says?: readonly string[];
  /** Whether the reply names the recipient and not the sender. */
  readonly recipientOnly?: true;
}

const rfc5321 = (section: string) => `RFC 5321, ${section}`;
const rfc4954 = "RFC 4954, 6";
const nodemailer = "nodemailer.com/errors";
const sesSmtp = "docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html";
const certificates = "nodejs.org/api/tls.html#x509-certificate-error-codes";

/** SES behind SMTP says by words alone what its API says by exceptions. In each of its replies to the content. */
const bySes: readonly SmtpRule[] = [
  {
    replies: [454, 454],
    says: ["Throttling failure: Daily message quota exceeded"],
    outcome: "outage",
    words: "The account's daily quota of SES is used up",
    source: sesSmtp,
  },
  {
    replies: [454, 454],
    says: ["Throttling failure"],
    outcome: "throttled",
    words: "SES is throttling",
    source: sesSmtp,
  },
  // As for the API: whoever signs up chooses the recipient, and may hold up nobody else.
  {
    replies: [554, 554],
    says: ["Message rejected: Email address is not verified", "Access denied"],
    recipientOnly: true,
    outcome: "try again",
    words: "SES's sandbox does not allow the recipient",
    source: sesSmtp,
  },
  {
    replies: [554, 554],
    says: ["Message rejected: Email address is not verified"],
    outcome: "outage",
    words: "SES has not verified the sender",
    source: sesSmtp,
  },
  {
    replies: [554, 554],
    says: ["Access denied"],
    outcome: "outage",
    words: "SES refuses our credentials",
    source: sesSmtp,
  },
  {
    replies: [554, 554],
    says: ["Message rejected: Sending paused"],
    outcome: "outage",
    words: "SES has paused sending for this account",
    source: "docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html",
  },
];

/** The server ends the session, whatever was asked: it shuts down, or has too many connections. */
const closing: SmtpRule = {
  replies: [421, 421],
  outcome: "outage",
  words: "The mail server is closing its connections",
  source: `${rfc5321("3.8 and 4.2.3")}; ${sesSmtp}`,
};

/** Says of itself that it is congested (X.4.5), as relays do that count mails by the second. */
const congested: SmtpRule = {
  replies: [400, 499],
  enhanced: ["X.4.5"],
  outcome: "throttled",
  words: "The mail server is congested",
  source: "RFC 3463, 3.5",
};

/** 503: the session was in the wrong state, which a new one isn't. 530: we are to log in, which no mail can do. */
const ofTheSession: readonly SmtpRule[] = [
  {
    replies: [503, 503],
    outcome: "try again",
    words: "The mail server lost the session's thread",
    source: rfc5321("4.2.3"),
  },
  { replies: [530, 530], outcome: "outage", words: "The mail server wants a login", source: rfc4954 },
];

/**
 * What each failure of sending by SMTP means. The first row of its stage that fits decides; the reasons stand above the
 * rows. docs/mail-errors.md prints it.
 */
export const smtpRules: Readonly<Record<SmtpStage, readonly SmtpRule[]>> = {
  // The mail wasn't named yet, so it can't be the mail's; but for a session that broke off, which may have been later.
  connection: [
    closing,
    {
      codes: ["EDNS"],
      outcome: "outage",
      words: "The mail server's name could not be resolved",
      source: nodemailer,
    },
    {
      codes: ["ETIMEDOUT"],
      outcome: "outage",
      words: "The mail server did not answer in time",
      source: nodemailer,
    },
    {
      codes: ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH"],
      outcome: "outage",
      words: "No connection to the mail server",
      source: "nodejs.org/api/errors.html#common-system-errors",
    },
    // 454 TLS not available is among them.
    {
      codes: ["ETLS"],
      outcome: "outage",
      words: "No secure connection to the mail server",
      source: `${nodemailer}; RFC 3207, 4`,
    },
    {
      says: ["Client network socket disconnected before secure TLS connection was established"],
      outcome: "outage",
      words: "No secure connection to the mail server",
      source: "nodejs.org/api/tls.html",
    },
    {
      codes: ["CERT_*", "UNABLE_TO_*", "SELF_SIGNED_*", "DEPTH_ZERO_*", "ERR_TLS_CERT_*"],
      outcome: "outage",
      words: "The certificate of the mail server is not trusted",
      source: certificates,
    },
    // 535 and its like are our configuration; 454 is the server's own trouble with logins.
    {
      codes: ["EAUTH", "ENOAUTH", "EOAUTH2"],
      outcome: "outage",
      words: "The mail server refused the login",
      source: `${rfc4954}; ${sesSmtp}`,
    },
    // 554: no SMTP service here (RFC 5321, 3.1); 521 likewise (RFC 7504).
    {
      codes: ["EPROTOCOL"],
      replies: [400, 599],
      outcome: "outage",
      words: "The mail server refused the session",
      source: `${rfc5321("3.1")}; RFC 7504, 3`,
    },
    {
      codes: ["EENVELOPE"],
      outcome: "permanent",
      words: "The mail has an address that can't be sent to",
      source: nodemailer,
    },
    {
      codes: ["EABORT"],
      outcome: "try again",
      words: "Aborted before the mail's content was sent",
      source: nodemailer,
    },
    // A cut before the content, or what we don't know. Nothing was sent; whether it was about the mail can't be told.
    { outcome: "try again", words: "The mail could not be handed to the mail server", source: nodemailer },
  ],
  sender: [
    closing,
    congested,
    {
      codes: ["EMESSAGE"],
      outcome: "permanent",
      words: "The mail is larger than the mail server takes",
      source: "RFC 1870, 6.1",
    },
    {
      replies: [552, 552],
      outcome: "permanent",
      words: "The mail is larger than the mail server takes",
      source: "RFC 1870, 6.1",
    },
    ...ofTheSession,
    // The sender is the same in each mail.
    {
      replies: [500, 599],
      outcome: "outage",
      words: "The mail server refused the sender",
      source: rfc5321("4.2.1"),
    },
    { outcome: "try again", words: "The mail server deferred the sender", source: rfc5321("4.2.1") },
  ],
  recipient: [
    closing,
    congested,
    ...ofTheSession,
    // A mailbox that is full today, or too many recipients: it says nothing final of the mail.
    {
      replies: [552, 552],
      outcome: "try again",
      words: "The mail server deferred the recipient",
      source: rfc5321("4.5.3.1.10"),
    },
    // "Relaying denied" is here too: a server that relays for some domains says it of one recipient, so it holds nobody else.
    {
      replies: [500, 599],
      outcome: "permanent",
      words: "The mail server refused the recipient",
      source: rfc5321("4.2.1"),
    },
    { outcome: "try again", words: "The mail server deferred the recipient", source: rfc5321("4.2.1") },
  ],
  content: [
    closing,
    ...bySes,
    congested,
    ...ofTheSession,
    {
      replies: [500, 599],
      outcome: "permanent",
      words: "The mail server refused the mail",
      source: rfc5321("4.2.1"),
    },
    { outcome: "try again", words: "The mail server deferred the mail", source: rfc5321("4.2.1") },
  ],
  unanswered: [
    {
      outcome: "unknown",
      words: "The mail server's answer is missing after the mail's content was sent",
      source: rfc5321("4.5.3.2.6"),
    },
  ],
};
