import {
  type FailureRule,
  hasCode,
  jobErrorOf,
  type MailParties,
  namesRecipientOnly,
  startsWithOneOf,
} from "./mail-failure.ts";
import { fieldsOf } from "./service-error.ts";
import type { SesRule, SesStage } from "./ses-rule.ts";
import { sesRules } from "./ses-rules.ts";

/** What the SDK's errors tell of a failed send. */
interface SesFailure {
  readonly stage: SesStage;
  /** The exception's name, from the service where it answered; empty where it isn't a plain word. */
  readonly name: string;
  /** HTTP status of the answer; 0 where none came. */
  readonly status: number;
  /** Node's code of a network error; empty where there is none. */
  readonly code: string;
  /** The service's words, or the SDK's. They may name people, so they are matched and never kept. */
  readonly text: string;
  /** From the answer's `Retry-After`; undefined where it has none. */
  readonly retryAfterSeconds: number | undefined;
}

/**
 * The job's error for a failed send by SES, of either version: see `ses-rules.ts` for which is which.
 *
 * `handedOver`: whether the signed request was given to the HTTP client. After that, an error without an answer means
 * an unknown outcome, unless no connection was ever made. A success whose body can't be read is unknown as well.
 */
export function sesJobError(error: unknown, handedOver: boolean, parties: MailParties): Error {
  const failure = parseFailure(error, handedOver);
  const rule = sesRules[failure.stage].find((row) => fits(row, failure, parties)) ?? unlisted;
  const codes =
    failure.status >= 400 ? `${failure.status} ${failure.name}`.trim() : failure.code || failure.name;
  return jobErrorOf(rule, codes, failure.retryAfterSeconds);
}

/** Each part of the table ends with a row for anything: this is for the compiler, and claims nothing. */
const unlisted: FailureRule = { outcome: "unknown", words: "Sending by SES failed", source: "" };

function fits(
  { names, statuses, says, recipientOnly }: SesRule,
  failure: SesFailure,
  parties: MailParties,
): boolean {
  const [least, most] = statuses ?? [0, 599];
  return (
    failure.status >= least &&
    failure.status <= most &&
    (names === undefined || hasCode([failure.name, failure.code], names)) &&
    (says === undefined || startsWithOneOf(failure.text, says)) &&
    (recipientOnly === undefined || namesRecipientOnly(failure.text, parties))
  );
}

function parseFailure(error: unknown, handedOver: boolean): SesFailure {
  const fields = fieldsOf(error);
  const response = fieldsOf(fields["$response"]);
  const status = fieldsOf(fields["$metadata"])["httpStatusCode"] ?? response["statusCode"];
  const word = (key: string): string => (/^\w{2,64}$/.test(String(fields[key])) ? String(fields[key]) : "");
  const answered = typeof status === "number" && status >= 400;
  return {
    stage: answered ? "answered" : handedOver ? "handed over" : "not handed over",
    name: word("name"),
    status: typeof status === "number" ? status : 0,
    code: fields["code"] === undefined ? "" : word("code"),
    text: typeof fields["message"] === "string" ? fields["message"] : "",
    retryAfterSeconds: parseRetryAfter(fieldsOf(response["headers"])["retry-after"]),
  };
}

/** RFC 9110, section 10.2.3: seconds or a date. At least 1, so that a date in the past is no busy loop. */
function parseRetryAfter(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const seconds = /^\d{1,9}$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : undefined;
}
