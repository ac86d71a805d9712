import { NotDoneError, PermanentError, UnknownOutcomeError } from "../../shared/index.ts";
import { fieldsOf, withCodes } from "./service-error.ts";

/** What nodemailer's SMTP errors tell: its own code, the command under way, and the server's reply. */
interface SmtpFailure {
  readonly code: string;
  /** `API`, `CONN`, `MAIL FROM`, `RCPT TO`, `DATA`, `AUTH …`; `DATA` covers the command and the final reply. */
  readonly command: string;
  /** The reply's three digits; 0 where no reply came. */
  readonly reply: number;
  /** Reply code, enhanced status code and system error code, as far as known: never the reply's text. */
  readonly codes: string;
}

interface SmtpRule {
  readonly when: (failure: SmtpFailure) => boolean;
  readonly as: "permanent" | "transient";
  readonly words: string;
}

/**
 * RFC 5321 makes 5xx final, but 503 speaks of the session, 530 of our login, and 552 for a recipient of a mailbox
 * that is full today or of too many recipients (section 4.5.3.1.10): those say nothing final about the mail.
 */
function isFinal(failure: SmtpFailure, ...exceptions: readonly number[]): boolean {
  return failure.reply >= 500 && ![503, 530, ...exceptions].includes(failure.reply);
}

/** The first rule that fits decides. All of these are failures after which the mail is known not to have gone. */
const RULES: readonly SmtpRule[] = [
  {
    when: (f) => f.command === "RCPT TO" && isFinal(f, 552),
    as: "permanent",
    words: "The mail server refused the recipient",
  },
  { when: (f) => f.command === "RCPT TO", as: "transient", words: "The mail server deferred the recipient" },
  {
    when: (f) => f.command === "DATA" && isFinal(f),
    as: "permanent",
    words: "The mail server refused the mail",
  },
  { when: (f) => f.command === "DATA", as: "transient", words: "The mail server deferred the mail" },
  {
    when: (f) => f.command === "API" && f.code === "EENVELOPE",
    as: "permanent",
    words: "The mail has an address that can't be sent to",
  },
  {
    when: (f) => f.command === "MAIL FROM" && (f.code === "EMESSAGE" || f.reply === 552),
    as: "permanent",
    words: "The mail is larger than the mail server takes",
  },
  // a refused sender or login is our configuration: it fails every mail, and is mended without any of them
  { when: (f) => f.command === "MAIL FROM", as: "transient", words: "The mail server refused the sender" },
  { when: (f) => f.code === "EAUTH", as: "transient", words: "The mail server refused the login" },
  { when: (f) => f.code === "EABORT", as: "transient", words: "Aborted before the mail's content was sent" },
  { when: (f) => f.code === "EDNS", as: "transient", words: "The mail server's name could not be resolved" },
  { when: (f) => f.code === "ETIMEDOUT", as: "transient", words: "The mail server did not answer in time" },
  { when: (f) => f.code === "ETLS", as: "transient", words: "No secure connection to the mail server" },
];

/**
 * The job's error for a failed SMTP send.
 *
 * `contentBegun`: whether a byte of the content was handed to the connection. From there on only a final reply of
 * the server settles what became of the mail: everything else, an abort included, is an unknown outcome.
 */
export function smtpJobError(error: unknown, contentBegun: boolean): Error {
  const failure = parseFailure(error);
  const answered = failure.code === "EMESSAGE" && failure.reply >= 400;
  if (contentBegun && !answered) {
    const words = "The mail server's answer is missing after the mail's content was sent";
    return new UnknownOutcomeError(withCodes(words, failure.codes));
  }
  const rule = RULES.find(({ when }) => when(failure));
  const message = withCodes(rule?.words ?? "The mail could not be handed to the mail server", failure.codes);
  return rule?.as === "permanent" ? new PermanentError(message) : new NotDoneError(message);
}

function parseFailure(error: unknown): SmtpFailure {
  const fields = fieldsOf(error);
  const text = (key: string): string => (typeof fields[key] === "string" ? fields[key] : "");
  const reply = typeof fields["responseCode"] === "number" ? fields["responseCode"] : 0;
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(text("response"))?.[1];
  const system = [text("originalCode"), text("code")].find((code) => /^E[A-Z_]{2,20}$/.test(code));
  const codes = reply === 0 ? [system] : [String(reply), enhanced];
  return {
    code: text("code"),
    command: text("command"),
    reply,
    codes: codes.filter((code) => code !== undefined).join(" "),
  };
}
