import { describe, expect, test } from "@jest/globals";
import { defineJob } from "../../shared/catalog/job.ts";
import {
  NotDoneError,
  PermanentError,
  RetryAfterError,
  UnknownOutcomeError,
} from "../../shared/catalog/job-errors.ts";
import { shortProfile, standardProfile } from "../../shared/catalog/queue-settings.ts";
import { type Outcome, verdictOf } from "../../shared/consumer/verdict.ts";
import { charge, mail, pdf, person } from "../support/engine.ts";

const threw = (error: unknown, timedOut = false): Outcome => ({ kind: "threw", error, timedOut });
const failed = (error: string) => ({ status: "failed", error });
const unknown = (error: string) => ({ status: "unknown", error });
/** Half of the jitter: the first backoff of 10 s gives 5. */
const retrying = (error: string, waitSeconds = 5, countAttempt = true) => ({
  status: "retrying",
  error,
  waitSeconds,
  countAttempt,
});
const timeout = "timed out after 10 s";

describe.each([
  ["that may repeat", pdf],
  ["whose effect must happen once, resent at the most", mail],
  ["whose effect must happen once, else failed", charge],
])("a job %s", (_, job) => {
  const once = job.effect !== undefined;
  test.each<[string, Outcome, object, object]>([
    [
      "that returned nothing",
      { kind: "returned", result: undefined },
      { status: "succeeded" },
      { status: "succeeded" },
    ],
    [
      "that returned a result",
      { kind: "returned", result: { a: 1 } },
      { status: "succeeded", result: `{"a":1}` },
      { status: "succeeded", result: `{"a":1}` },
    ],
    ["that has done nothing", threw(new NotDoneError("busy")), retrying("busy"), failed("busy")],
    [
      "that has done nothing, known too late",
      threw(new NotDoneError("busy"), true),
      retrying("busy"),
      failed("busy"),
    ],
    [
      "that threw what nobody classified",
      threw(new TypeError("busy")),
      once ? unknown("TypeError") : retrying("TypeError"),
      once ? unknown("TypeError") : failed("TypeError"),
    ],
    [
      "that threw something else",
      threw("busy"),
      once ? unknown("threw string") : retrying("threw string"),
      once ? unknown("threw string") : failed("threw string"),
    ],
    ["that failed for good", threw(new PermanentError("no")), failed("no"), failed("no")],
    ["that failed for good too late", threw(new PermanentError("no"), true), failed("no"), failed("no")],
    [
      "that was told to wait",
      threw(new RetryAfterError("slow", 70)),
      retrying("slow", 70, false),
      retrying("slow", 70, false),
    ],
    [
      "that was told to wait less than nothing",
      threw(new RetryAfterError("slow", -1)),
      retrying("slow", 0, false),
      retrying("slow", 0, false),
    ],
    [
      "that can't know",
      threw(new UnknownOutcomeError("cut")),
      once ? unknown("cut") : retrying("cut"),
      once ? unknown("cut") : failed("cut"),
    ],
    [
      "that can't know, past its deadline",
      threw(new UnknownOutcomeError("cut"), true),
      once ? unknown("cut") : retrying("cut"),
      once ? unknown("cut") : failed("cut"),
    ],
    [
      "that threw past its deadline",
      threw(new Error("aborted"), true),
      once ? unknown(timeout) : retrying(timeout),
      once ? unknown(timeout) : failed(timeout),
    ],
    [
      "that is stuck",
      { kind: "stuck" },
      once ? unknown(timeout) : retrying(timeout),
      once ? unknown(timeout) : failed(timeout),
    ],
  ])("%s: at first, and at its last attempt", (_, outcome, first, last) => {
    expect(verdictOf(outcome, job, 0, 0.5, standardProfile)).toEqual(first);
    expect(verdictOf(outcome, job, 4, 0.5, standardProfile)).toMatchObject({
      ...last,
      ...("waitSeconds" in last ? { status: "retrying" } : {}),
    });
  });
});

describe("the backoff", () => {
  const patient = defineJob({
    name: "patient",
    input: person,
    attempts: 100,
    backoff: { baseSeconds: 3, maximumSeconds: 100 },
  });
  test.each([
    [0, 3],
    [1, 6],
    [5, 96],
    [6, 100],
    [98, 100],
  ])("after %s attempts is up to %s s", (attempts, most) => {
    const wait = (jitter: number, profile = standardProfile) =>
      verdictOf(threw(new Error("x")), patient, attempts, jitter, profile);
    expect(wait(0)).toMatchObject({ waitSeconds: 0 });
    expect(wait(0.25)).toMatchObject({ waitSeconds: most / 4 });
    expect(wait(0.5, shortProfile)).toMatchObject({ waitSeconds: expect.closeTo(most / 20) });
  });
});

describe("words", () => {
  test.each([
    ["whole up to 200 bytes", "x".repeat(200), "x".repeat(200)],
    ["cut to 200 bytes", "x".repeat(300), "x".repeat(200)],
    ["cut between two characters", `${"x".repeat(199)}δ`, "x".repeat(199)],
    ["cut before an emoji's last byte", `${"x".repeat(197)}😀`, "x".repeat(197)],
  ])("are %s", (_, words, stored) => {
    expect(verdictOf(threw(new PermanentError(words)), pdf, 0, 0, standardProfile)).toEqual(failed(stored));
  });
});

describe("of an error", () => {
  const stored = (error: unknown) => verdictOf(threw(error), pdf, 4, 0, standardProfile);
  class NoSuchMailbox extends PermanentError {}
  test.each<[string, unknown, string]>([
    ["not done", new NotDoneError("refused"), "refused"],
    ["told to wait without a time", new RetryAfterError("slow", Number.NaN), "slow"],
    ["unknown", new UnknownOutcomeError("cut"), "cut"],
    ["of a class that extends ours", new NoSuchMailbox("no"), "no"],
    ["without words", new NotDoneError(""), "NotDoneError"],
  ])("of ours the message is kept: %s", (_, error, words) => {
    expect(stored(error)).toEqual(failed(words));
  });

  const secret = "zoe@example.org";
  test.each<[string, unknown, string]>([
    ["an error", new Error(secret), "Error"],
    ["one with a code", Object.assign(new Error(secret), { code: "ECONNRESET" }), "Error ECONNRESET"],
    ["one with a code that is no text", Object.assign(new Error(secret), { code: 7 }), "Error"],
    ["one of an SDK", Object.assign(new Error(secret), { name: "AccessDenied" }), "AccessDenied"],
    ["a text", secret, "threw string"],
    ["an object", { message: secret, name: secret }, "threw object"],
    ["null", null, "threw object"],
    ["nothing", undefined, "threw undefined"],
    ["one with a long name", Object.assign(new Error(), { name: "x".repeat(300) }), "x".repeat(200)],
  ])("of any other only name and code are kept: %s", (_, error, words) => {
    expect(stored(error)).toEqual(failed(words));
  });
});

describe("a result", () => {
  const unkept = (error: unknown) => ({ status: "succeeded", error });
  const verdict = (result: unknown) =>
    verdictOf({ kind: "returned", result: result as { a: string } }, pdf, 0, 0, standardProfile);
  test("of 200 bytes is stored, and a larger one is left out of the success", () => {
    expect(verdict({ a: "x".repeat(192) })).toEqual({
      status: "succeeded",
      result: expect.stringMatching(/^.{200}$/),
    });
    expect(verdict({ a: "x".repeat(193) })).toEqual(unkept("result: at most 200 bytes of JSON, got 201"));
    expect(verdict({ a: "δ".repeat(97) })).toEqual(unkept("result: at most 200 bytes of JSON, got 202"));
  });

  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  test.each([
    ["null", null],
    ["a text", "done"],
    ["a list", [1]],
    ["a bigint", { a: 1n }],
    ["a circular object", circular],
  ])("that is no flat record is left out, since the effect has happened: %s", (_, result) => {
    expect(verdict(result)).toEqual(unkept(expect.stringMatching(/^result: a flat record/)));
  });
});

test("a wait that is no number doesn't reach the ledger", () => {
  const verdict = verdictOf(threw(new RetryAfterError("slow", Number.NaN)), pdf, 0, 0.5, standardProfile);
  // Counted, as any error is: an adapter that can't read its service's header must not try for ever.
  expect(verdict).toMatchObject({ status: "retrying", countAttempt: true });
  expect(Number.isFinite((verdict as { waitSeconds: number }).waitSeconds)).toBe(true);
});
