import { describe, expect, test } from "@jest/globals";
import { defineJob } from "../../shared/catalog/job.ts";
import { PermanentError, RetryAfterError, UnknownOutcomeError } from "../../shared/catalog/job-errors.ts";
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
      { status: "succeeded", result: undefined },
      { status: "succeeded", result: undefined },
    ],
    [
      "that returned a result",
      { kind: "returned", result: { a: 1 } },
      { status: "succeeded", result: `{"a":1}` },
      { status: "succeeded", result: `{"a":1}` },
    ],
    ["that threw", threw(new Error("busy")), retrying("busy"), failed("busy")],
    ["that threw something else", threw("busy"), retrying("busy"), failed("busy")],
    ["that threw without words", threw(new TypeError("")), retrying("TypeError"), failed("TypeError")],
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

describe("a result", () => {
  const verdict = (result: unknown) =>
    verdictOf({ kind: "returned", result: result as { a: string } }, pdf, 0, 0, standardProfile);
  test("of 200 bytes is stored, and of more fails the job for good", () => {
    expect(verdict({ a: "x".repeat(192) })).toMatchObject({ status: "succeeded" });
    expect(verdict({ a: "x".repeat(193) })).toEqual(failed("result: at most 200 bytes of JSON, got 201"));
    expect(verdict({ a: "δ".repeat(97) })).toEqual(failed("result: at most 200 bytes of JSON, got 202"));
  });

  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  test.each([
    ["null", null],
    ["a text", "done"],
    ["a list", [1]],
    ["a bigint", { a: 1n }],
    ["a circular object", circular],
  ])("that is no flat record fails the job for good, since its effect has happened: %s", (_, result) => {
    expect(verdict(result)).toEqual(failed(expect.stringMatching(/^result: /) as unknown as string));
  });
});

test("a wait that is no number doesn't reach the ledger", () => {
  const verdict = verdictOf(threw(new RetryAfterError("slow", Number.NaN)), pdf, 0, 0.5, standardProfile);
  // Counted, as any error is: an adapter that can't read its service's header must not try for ever.
  expect(verdict).toMatchObject({ status: "retrying", countAttempt: true });
  expect(Number.isFinite((verdict as { waitSeconds: number }).waitSeconds)).toBe(true);
});
