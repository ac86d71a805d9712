import { NotDoneError, PermanentError, RetryAfterError, UnknownOutcomeError } from "../../shared/index.ts";
import { fieldsOf, withCodes } from "./service-error.ts";

/** What the SDK's errors tell of a failed send. */
interface SesFailure {
  /** The exception's name, from the service where it answered; empty where it isn't a plain word. */
  readonly name: string;
  /** HTTP status of the answer; 0 where none came. */
  readonly status: number;
  /** Node's code of a network error; empty where there is none. */
  readonly code: string;
  /** From the answer's `Retry-After`; undefined where it has none. */
  readonly retryAfterSeconds: number | undefined;
  /** No connection was made, so nothing was written. */
  readonly unconnected: boolean;
  /** The sender isn't verified, or, in SES's sandbox, the recipient isn't. */
  readonly unverified: boolean;
}

/** Errors of DNS, of connecting, and of checking the certificate: they come before the request is written. */
const UNCONNECTED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|CERT_\w+|UNABLE_TO_\w+|SELF_SIGNED_\w+|DEPTH_ZERO_\w+|ERR_TLS_CERT_\w+)$/;

type Outcome = "permanent" | "transient" | "unknown";

const invalid = { as: "permanent", words: "SES refused the mail as invalid" } as const;
const throttling = { as: "transient", words: "SES is throttling" } as const;
const paused = { as: "transient", words: "SES has paused sending for this account" } as const;

/**
 * What is known of the exceptions that SES declares for a send, and of those that AWS has for every call: first what
 * both versions say, then v2's `SendEmail`, then v1's `SendRawEmail`.
 */
const EXCEPTIONS: Readonly<Record<string, { readonly as: Outcome; readonly words: string }>> = {
  MessageRejected: { as: "permanent", words: "SES rejected the mail" },
  MailFromDomainNotVerifiedException: { as: "transient", words: "SES has not verified the sender's domain" },

  BadRequestException: invalid,
  TooManyRequestsException: throttling,
  ThrottlingException: throttling,
  LimitExceededException: { as: "transient", words: "SES says that a limit is reached" },
  SendingPausedException: paused,
  AccountSuspendedException: { as: "transient", words: "SES has suspended this account" },
  NotFoundException: { as: "transient", words: "SES does not know the identity or the configuration set" },

  InvalidParameterValue: invalid,
  Throttling: throttling,
  AccountSendingPausedException: paused,
  ConfigurationSetSendingPausedException: {
    as: "transient",
    words: "SES has paused sending for the configuration set",
  },
  ConfigurationSetDoesNotExistException: {
    as: "transient",
    words: "SES does not know the configuration set",
  },
};

/**
 * The job's error for a failed send by SES, of either version.
 *
 * `handedOver`: whether the signed request was given to the HTTP client. After that, an error without an answer means
 * an unknown outcome, unless no connection was ever made. A success whose body can't be read is unknown as well.
 */
export function sesJobError(error: unknown, handedOver: boolean): Error {
  const failure = parseFailure(error);
  if (failure.status >= 400) return answeredError(failure);
  const codes = failure.code || failure.name;
  if (!handedOver) return new NotDoneError(withCodes("The request to SES was not sent", codes));
  if (failure.unconnected) return new NotDoneError(withCodes("No connection to SES", codes));
  return new UnknownOutcomeError(withCodes("The answer of SES is missing after the request was sent", codes));
}

/** MessageRejected says it of the mail too, but it is our configuration: it hits every mail, and is mended without them. */
const UNVERIFIED = {
  as: "transient",
  words: "SES has not verified the sender, or the recipient in its sandbox",
};

function answeredError(failure: SesFailure): Error {
  const listed = Object.hasOwn(EXCEPTIONS, failure.name) ? EXCEPTIONS[failure.name] : undefined;
  const known = failure.unverified ? UNVERIFIED : listed;
  const words = withCodes(known?.words ?? "SES failed", `${failure.status} ${failure.name}`.trim());
  if (known?.as === "permanent") return new PermanentError(words);
  // a gateway that gave up waiting can't say whether the service behind it took the mail
  if (failure.status === 504) return new UnknownOutcomeError(words);
  if (failure.retryAfterSeconds !== undefined) return new RetryAfterError(words, failure.retryAfterSeconds);
  return new NotDoneError(words);
}

function parseFailure(error: unknown): SesFailure {
  const fields = fieldsOf(error);
  const response = fieldsOf(fields["$response"]);
  const status = fieldsOf(fields["$metadata"])["httpStatusCode"] ?? response["statusCode"];
  const word = (key: string): string => (/^\w{2,64}$/.test(String(fields[key])) ? String(fields[key]) : "");
  // the SDK's own timeout while connecting has no code, only these words; were they to change, it counts as unknown
  const message = String(fields["message"]);
  const stillConnecting = message.includes("did not establish a connection");
  return {
    name: word("name"),
    status: typeof status === "number" ? status : 0,
    code: fields["code"] === undefined ? "" : word("code"),
    retryAfterSeconds: parseRetryAfter(fieldsOf(response["headers"])["retry-after"]),
    unconnected: UNCONNECTED.test(word("code")) || stillConnecting,
    // "Email address is not verified. The following identities failed the check": only in words, like the above
    unverified: word("name") === "MessageRejected" && /\bis not verified\b/.test(message),
  };
}

/** RFC 9110, section 10.2.3: seconds or a date. At least 1, so that a date in the past is no busy loop. */
function parseRetryAfter(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const seconds = /^\d{1,9}$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : undefined;
}
