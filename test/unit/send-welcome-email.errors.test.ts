import { describe, expect, test } from "@jest/globals";
import { namesRecipientOnly, throttleSeconds } from "../../functions/send-welcome-email/mail-failure.ts";
import { sesJobError as jobErrorOfSes } from "../../functions/send-welcome-email/ses-errors.ts";
import { smtpJobError as jobErrorOfSmtp } from "../../functions/send-welcome-email/smtp-errors.ts";

const parties = { from: "hello@example.com", to: "zoe@example.org" };
const sesJobError = (error: unknown, handedOver: boolean) => jobErrorOfSes(error, handedOver, parties);
const smtpJobError = (error: unknown, begun: boolean) => jobErrorOfSmtp(error, begun, parties);

const connecting =
  "@smithy/node-http-handler - the request socket did not establish a connection with the server within the configured timeout";

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

const code = (code: string, words = "x") => Object.assign(new Error(words), { code });
const cutInHandshake = "Client network socket disconnected before secure TLS connection was established";
const badSignature = (words: string) => answer("InvalidSignatureException", 403, {}, words);
const denied = (identity: string) =>
  answer(
    "AccessDeniedException",
    403,
    {},
    `not authorized on resource arn:aws:ses:eu-west-1:1:identity/${identity}'`,
  );

// What the walk over the tables, behind real servers, can't show (test/contract/mailer.failures.test.ts).
test.each<[string, unknown, boolean, string]>([
  ["a sender that is not verified yet", answer("MessageRejected", 400, {}, unverified), true, "OutageError"],
  [
    "sender and recipient that are not verified",
    answer("MessageRejected", 400, {}, `${unverified}, zoe@example.org`),
    true,
    "OutageError",
  ],
  [
    "a recipient that says so in its name",
    answer("MessageRejected", 400, {}, "Bad <email.address.is.not.verified@example.org>"),
    true,
    "PermanentError",
  ],
  [
    "another refusal in the same words",
    answer("BadRequestException", 400, {}, unverified),
    true,
    "PermanentError",
  ],
  ["a grant that lacks the sender's domain", denied("example.com"), true, "OutageError"],
  ["a grant that lacks the recipient's domain", denied("EXAMPLE.org"), true, "NotDoneError"],
  ["a clock that is behind", badSignature("Signature expired: 20261124T1"), true, "NotDoneError"],
  ["a clock that is ahead", badSignature("Signature not yet current: 20261124T1"), true, "NotDoneError"],
  ["a clock that is ahead, by its name", answer("RequestInTheFuture", 403), true, "NotDoneError"],
  ["a clock that is off, by its name", answer("RequestTimeTooSkewed", 403), true, "NotDoneError"],
  ["a secret that is wrong", badSignature("The request signature we calculated"), true, "OutageError"],
  ["an exception that we don't know", answer("constructor", 400), true, "NotDoneError"],
  ["503 with Retry-After", answer("Unavailable", 503, { "retry-after": "3" }), true, "OutageError"],
  ["500 with Retry-After", answer("Internal", 500, { "retry-after": "3" }), true, "NotDoneError"],
  ["a Retry-After of no use", answer("Throttling", 400, { "retry-after": "soon" }), true, "RetryAfterError"],
  ["200 that can't be read", answer("SyntaxError", 200), true, "UnknownOutcomeError"],
  ["a reset", code("ECONNRESET"), true, "UnknownOutcomeError"],
  ["a reset in the TLS handshake", code("ECONNRESET", cutInHandshake), true, "OutageError"],
  [
    "an abort while waiting",
    Object.assign(new Error("x"), { name: "AbortError" }),
    true,
    "UnknownOutcomeError",
  ],
  ["something else", "a string", true, "UnknownOutcomeError"],
  ["no such host", code("ENOTFOUND"), true, "OutageError"],
  ["a bad certificate", code("CERT_HAS_EXPIRED"), true, "OutageError"],
  ["no local port left", code("EADDRNOTAVAIL"), true, "NotDoneError"],
  [
    "a timeout while connecting",
    Object.assign(new Error(connecting), { name: "TimeoutError" }),
    true,
    "OutageError",
  ],
  [
    "no credentials",
    Object.assign(new Error("x"), { name: "CredentialsProviderError" }),
    false,
    "OutageError",
  ],
  ["an abort before the send", Object.assign(new Error("x"), { name: "AbortError" }), false, "NotDoneError"],
])("SES: %s", (_what, error, handedOver, name) => {
  const mapped = sesJobError(error, handedOver);
  expect(mapped.name).toBe(name);
  expect(mapped.message).not.toContain("@");
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

const socket = (originalCode: string) => smtp("ESOCKET", "CONN", "", { originalCode });

test.each<[string, unknown, boolean, string, string]>([
  ["a final reply", smtp("EMESSAGE", "DATA", "554 5.6.0 no"), true, "PermanentError", "(554 5.6.0)"],
  ["a reply for now", smtp("EMESSAGE", "DATA", "452 zoe@x full"), true, "NotDoneError", "(452)"],
  ["half a reply, then a cut", smtp("ECONNECTION", "CONN", "550 no"), true, "UnknownOutcomeError", "(550)"],
  ["421 instead of an answer", smtp("ECONNECTION", "CONN", "421 bye"), true, "UnknownOutcomeError", "(421)"],
  ["a timeout after the content", smtp("ETIMEDOUT", "CONN"), true, "UnknownOutcomeError", "(ETIMEDOUT)"],
  ["a timeout before it", smtp("ETIMEDOUT", "CONN"), false, "OutageError", "in time (ETIMEDOUT)"],
  ["a refused connection", socket("ECONNREFUSED"), false, "OutageError", "(ECONNREFUSED)"],
  ["a bad certificate", socket("CERT_HAS_EXPIRED"), false, "OutageError", "(CERT_HAS_EXPIRED)"],
  ["no TLS today", smtp("ETLS", "STARTTLS", "454 4.7.0 no"), false, "OutageError", "secure connection"],
  ["a cut before the content", socket("ECONNRESET"), false, "NotDoneError", "(ECONNRESET)"],
  ["a cut with a refusal", smtp("ECONNECTION", "CONN", "550 no"), false, "NotDoneError", "(550)"],
  ["a login wanted", smtp("EENVELOPE", "RCPT TO", "530 5.7.0 log in"), false, "OutageError", "(530 5.7.0)"],
  ["an address nodemailer refuses", smtp("EENVELOPE", "API"), false, "PermanentError", "(EENVELOPE)"],
  ["a mail too large", smtp("EMESSAGE", "MAIL FROM"), false, "PermanentError", "larger"],
  [
    "a name not found",
    smtp("EDNS", "CONN", "", { originalCode: "ENOTFOUND" }),
    false,
    "OutageError",
    "(ENOTFOUND)",
  ],
  ["something else", undefined, false, "NotDoneError", "could not be handed"],
])("SMTP: %s", (_what, error, begun, name, words) => {
  const mapped = smtpJobError(error, begun);
  expect(mapped).toMatchObject({ name, message: expect.stringContaining(words) });
  expect(mapped.message).not.toContain("@");
});

test("whoever is throttled comes back within 1 to 10 s, each at another time", () => {
  expect([0, 0.5, 1].map((fraction) => throttleSeconds(() => fraction))).toEqual([1, 5.5, 10]);
  const drawn = Array.from({ length: 100 }, () => throttleSeconds());
  expect(new Set(drawn).size).toBeGreaterThan(90);
});

describe("a refusal is the recipient's alone", () => {
  const check =
    "Email address is not verified. The following identities failed the check in region EU-WEST-1: ";
  const arn = (name: string) => `not authorized on resource \`arn:aws:ses:eu-west-1:1:identity/${name}'`;

  test.each([
    [`${check}zoe@example.org`, "zoe@example.org"],
    [`${check}Zoe@Example.ORG`, "zoe@example.org"],
    [arn("zoe@example.org"), "zoe@example.org"],
    [arn("example.org"), "zoe@example.org"],
    // what a stranger may type to look like the sender
    ...["xhello@example.com", "x/hello@example.com", "identity/hello@example.com", "'hello@example.com"].map(
      (to) => [`${check}${to}`, to] as const,
    ),
  ])("where %s", (text, to) => {
    expect(namesRecipientOnly(text, { ...parties, to })).toBe(true);
  });

  test.each([
    ["Access denied", "zoe@example.org"],
    [check, "zoe@example.org"],
    [`${check}hello@example.com`, "zoe@example.org"],
    [`${check}hello@example.com, zoe@example.org`, "zoe@example.org"],
    [`${check}hello@example.com`, "hello@example.com"],
    [arn("hello@example.com"), "o@example.com"],
    [arn("example.com"), "zoe@example.com"],
    ["sandbox of zoe@example.organic", "zoe@example.org"],
  ])("not where %s", (text, to) => {
    expect(namesRecipientOnly(text, { ...parties, to })).toBe(false);
  });
});
