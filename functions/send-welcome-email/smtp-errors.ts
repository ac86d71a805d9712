import {
  type FailureRule,
  hasCode,
  jobErrorOf,
  type MailParties,
  namesRecipientOnly,
  startsWithOneOf,
} from "./mail-failure.ts";
import { fieldsOf } from "./service-error.ts";
import { type SmtpRule, type SmtpStage, smtpRules } from "./smtp-rules.ts";

/** What nodemailer's SMTP errors tell. */
interface SmtpFailure {
  readonly stage: SmtpStage;
  /** nodemailer's own code, and the system's where it has one. */
  readonly codes: readonly string[];
  /** The reply's three digits; 0 where no reply came. */
  readonly reply: number;
  /** The reply's enhanced status code, such as `5.1.1`; empty where it has none. */
  readonly enhanced: string;
  /** The reply behind its codes. It may name people, so it is matched and never kept. */
  readonly text: string;
}

/**
 * The job's error for a failed SMTP send: see `smtp-rules.ts` for which is which.
 *
 * `contentBegun`: whether a byte of the content was handed to the connection. From there on only a final reply of
 * the server settles what became of the mail: everything else, an abort included, is an unknown outcome.
 */
export function smtpJobError(error: unknown, contentBegun: boolean, parties: MailParties): Error {
  const failure = parseFailure(error, contentBegun);
  const rule = smtpRules[failure.stage].find((row) => fits(row, failure, parties)) ?? unlisted;
  return jobErrorOf(rule, shownCodes(failure));
}

/** Each part of the table ends with a row for anything: this is for the compiler, and claims nothing. */
const unlisted: FailureRule = { outcome: "unknown", words: "Sending by SMTP failed", source: "" };

function fits(
  { codes, replies, enhanced, says, recipientOnly }: SmtpRule,
  failure: SmtpFailure,
  parties: MailParties,
): boolean {
  const [least, most] = replies ?? [0, 599];
  return (
    failure.reply >= least &&
    failure.reply <= most &&
    (codes === undefined || hasCode(failure.codes, codes)) &&
    (enhanced === undefined || enhanced.includes(failure.enhanced.replace(/^\d/, "X"))) &&
    (says === undefined || startsWithOneOf(failure.text, says)) &&
    (recipientOnly === undefined || namesRecipientOnly(failure.text, parties))
  );
}

function parseFailure(error: unknown, contentBegun: boolean): SmtpFailure {
  const fields = fieldsOf(error);
  const text = (key: string): string => (typeof fields[key] === "string" ? fields[key] : "");
  const reply = typeof fields["responseCode"] === "number" ? fields["responseCode"] : 0;
  const [, enhanced = "", words = ""] =
    /^\d{3}[ -](?:([245]\.\d{1,3}\.\d{1,3})\b)?\s*(.*)/.exec(text("response")) ?? [];
  const answered = text("code") === "EMESSAGE" && reply >= 400;
  return {
    stage: contentBegun && !answered ? "unanswered" : (stages[text("command")] ?? "connection"),
    codes: [text("originalCode"), text("code")].filter((code) => /^[A-Z_]{3,50}$/.test(code)),
    reply,
    enhanced,
    text: text("response") === "" ? text("message") : words,
  };
}

/** By the command under way; `DATA` covers the command and the final reply. All others come before the envelope, or are broken off. */
const stages: Readonly<Record<string, SmtpStage>> = {
  "MAIL FROM": "sender",
  "RCPT TO": "recipient",
  DATA: "content",
};

/** Reply code and enhanced status code, else the system's error code: never the reply's text. */
function shownCodes({ reply, enhanced, codes: [code = ""] }: SmtpFailure): string {
  return reply === 0 ? code : `${reply} ${enhanced}`.trim();
}
