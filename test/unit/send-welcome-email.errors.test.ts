import { expect, test } from "@jest/globals";
import { sesJobError } from "../../functions/send-welcome-email/ses-errors.ts";
import { smtpJobError } from "../../functions/send-welcome-email/smtp-errors.ts";

const connecting =
  "the request socket did not establish a connection with the server within the configured timeout";

/** An error as the SDK throws it for an answer of SES. */
function answer(
  name: string,
  httpStatusCode: number,
  headers: Record<string, string> = {},
  words = "zoe@example.org",
) {
  const error = Object.assign(new Error(words), { name, $metadata: { httpStatusCode } });
  return Object.assign(error, { $response: { headers } });
}

const unverified =
  "Email address is not verified. The following identities failed the check in region EU-WEST-1: hello@example.com";

test.each<[string, unknown, boolean, string]>([
  ["MessageRejected", answer("MessageRejected", 400), true, "PermanentError"],
  ["a sender that is not verified yet", answer("MessageRejected", 400, {}, unverified), true, "NotDoneError"],
  [
    "another refusal in the same words",
    answer("BadRequestException", 400, {}, unverified),
    true,
    "PermanentError",
  ],
  ["BadRequestException", answer("BadRequestException", 400), true, "PermanentError"],
  ["TooManyRequestsException", answer("TooManyRequestsException", 429), true, "NotDoneError"],
  ["SendingPausedException", answer("SendingPausedException", 400), true, "NotDoneError"],
  ["AccountSuspendedException", answer("AccountSuspendedException", 400), true, "NotDoneError"],
  ["v1: an invalid value", answer("InvalidParameterValue", 400), true, "PermanentError"],
  ["an exception that we don't know", answer("constructor", 400), true, "NotDoneError"],
  ["a refusal of our credentials", answer("AccessDeniedException", 403), true, "NotDoneError"],
  ["503 with Retry-After", answer("Unavailable", 503, { "retry-after": "3" }), true, "RetryAfterError"],
  [
    "503 with a Retry-After of no use",
    answer("Unavailable", 503, { "retry-after": "soon" }),
    true,
    "NotDoneError",
  ],
  ["504", answer("GatewayTimeout", 504, { "retry-after": "3" }), true, "UnknownOutcomeError"],
  ["200 that can't be read", answer("SyntaxError", 200), true, "UnknownOutcomeError"],
  ["a reset", Object.assign(new Error("x"), { code: "ECONNRESET" }), true, "UnknownOutcomeError"],
  [
    "an abort while waiting",
    Object.assign(new Error("x"), { name: "AbortError" }),
    true,
    "UnknownOutcomeError",
  ],
  ["something else", "a string", true, "UnknownOutcomeError"],
  ["no such host", Object.assign(new Error("x"), { code: "ENOTFOUND" }), true, "NotDoneError"],
  ["a bad certificate", Object.assign(new Error("x"), { code: "CERT_HAS_EXPIRED" }), true, "NotDoneError"],
  [
    "a timeout while connecting",
    Object.assign(new Error(connecting), { name: "TimeoutError" }),
    true,
    "NotDoneError",
  ],
  [
    "no credentials",
    Object.assign(new Error("x"), { name: "CredentialsProviderError" }),
    false,
    "NotDoneError",
  ],
])("SES: %s", (_what, error, handedOver, name) => {
  const mapped = sesJobError(error, handedOver);
  expect(mapped.name).toBe(name);
  expect(mapped.message).not.toContain("@");
});

test.each([
  ["MailFromDomainNotVerifiedException", "has not verified the sender's domain"],
  ["TooManyRequestsException", "is throttling"],
  ["Throttling", "is throttling"],
  ["SendingPausedException", "has paused sending for this account"],
  ["AccountSendingPausedException", "has paused sending for this account"],
  ["ConfigurationSetSendingPausedException", "has paused sending for the configuration set"],
  ["NotFoundException", "does not know the identity or the configuration set"],
  ["ConfigurationSetDoesNotExistException", "does not know the configuration set"],
])("SES: %s is told as: %s", (name, words) => {
  expect(sesJobError(answer(name, 400), true).message).toBe(`SES ${words} (400 ${name})`);
});

test("a Retry-After that is a date counts from now, and one in the past means a second", () => {
  const at = new Date(Date.now() + 90_000).toUTCString();
  const seconds = Reflect.get(sesJobError(answer("X", 429, { "retry-after": at }), true), "seconds");
  expect(seconds).toBeGreaterThan(80);
  expect(seconds).toBeLessThanOrEqual(90);
  const past = answer("X", 429, { "retry-after": "Sun, 06 Nov 1994 08:49:37 GMT" });
  expect(sesJobError(past, true)).toMatchObject({ seconds: 1 });
});

/** An error as nodemailer makes it: the server's words are in the message and in the response. */
function smtp(code: string, command: string, response = "", more: object = {}) {
  const responseCode = response ? { response, responseCode: Number(response.slice(0, 3)) } : {};
  return Object.assign(new Error(`zoe@example.org ${response}`), { code, command, ...responseCode, ...more });
}

test.each<[string, unknown, boolean, string, string]>([
  ["a final reply", smtp("EMESSAGE", "DATA", "554 5.6.0 no"), true, "PermanentError", "(554 5.6.0)"],
  ["a reply for now", smtp("EMESSAGE", "DATA", "452 zoe@x full"), true, "NotDoneError", "(452)"],
  ["half a reply, then a cut", smtp("ECONNECTION", "CONN", "550 no"), true, "UnknownOutcomeError", "(550)"],
  ["a timeout after the content", smtp("ETIMEDOUT", "CONN"), true, "UnknownOutcomeError", "(ETIMEDOUT)"],
  ["a timeout before it", smtp("ETIMEDOUT", "CONN"), false, "NotDoneError", "in time (ETIMEDOUT)"],
  [
    "a login refused",
    smtp("EAUTH", "AUTH PLAIN", "535 5.7.8 no"),
    false,
    "NotDoneError",
    "login (535 5.7.8)",
  ],
  ["a login wanted", smtp("EENVELOPE", "RCPT TO", "530 5.7.0 log in"), false, "NotDoneError", "(530 5.7.0)"],
  ["an address nodemailer refuses", smtp("EENVELOPE", "API"), false, "PermanentError", "(EENVELOPE)"],
  ["a mail too large", smtp("EMESSAGE", "MAIL FROM"), false, "PermanentError", "larger"],
  [
    "a name not found",
    smtp("EDNS", "CONN", "", { originalCode: "ENOTFOUND" }),
    false,
    "NotDoneError",
    "(ENOTFOUND)",
  ],
  ["something else", undefined, false, "NotDoneError", "could not be handed"],
])("SMTP: %s", (_what, error, begun, name, words) => {
  const mapped = smtpJobError(error, begun);
  expect(mapped).toMatchObject({ name, message: expect.stringContaining(words) });
  expect(mapped.message).not.toContain("@");
});
