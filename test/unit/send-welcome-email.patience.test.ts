import { describe, expect, test } from "@jest/globals";
import { sendWelcomeEmail } from "../../functions/send-welcome-email/job.ts";
import { NotDoneError } from "../../shared/catalog/job-errors.ts";
import {
  longestBackoffSeconds,
  promisedSeconds,
  standardProfile,
} from "../../shared/catalog/queue-settings.ts";
import { verdictOf } from "../../shared/consumer/verdict.ts";

/** A service that answers 500, or 451, to everything, and never says that it is down. */
const outageSeconds = 2 * 3600;
const failing = {
  kind: "threw",
  error: new NotDoneError("SES failed (500 InternalFailure)"),
  timedOut: false,
} as const;

/** When the job fails, where each draw of the jitter is the same; attempts take no time, which is the worst case. */
function failsAfterSeconds(jitter: number): number {
  let seconds = 0;
  for (let attempts = 0; ; attempts++) {
    const verdict = verdictOf(failing, sendWelcomeEmail, attempts, jitter, standardProfile);
    if (verdict.status !== "retrying") return seconds;
    seconds += verdict.waitSeconds;
  }
}

/**
 * The chance that the job's attempts are over before the outage is. Each wait is drawn from all whole seconds below the
 * longest one, rounded down, so the true chance is a little smaller.
 */
function chanceToFail(): number {
  let chances = [1, ...Array.from({ length: outageSeconds - 1 }, () => 0)];
  for (let attempts = 0; attempts < sendWelcomeEmail.attempts - 1; attempts++) {
    chances = waited(chances, longestBackoffSeconds(sendWelcomeEmail, attempts, standardProfile));
  }
  return sum(chances);
}

/** The chances to be at each second after one more wait, of which all lengths below `longest` are equally likely. */
function waited(chances: readonly number[], longest: number): number[] {
  let window = 0;
  return chances.map((chance, second) => {
    window += chance - (chances[second - longest] ?? 0);
    return window / longest;
  });
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

describe("a mail service that fails for two hours without a word of being down", () => {
  test("is outlasted by half the longest waits, which is what jitter comes to, three times over", () => {
    expect(failsAfterSeconds(0.5)).toBeGreaterThan(3 * outageSeconds);
  });

  test("is outlasted by a job that draws a sixth of the longest wait each time", () => {
    expect(failsAfterSeconds(1 / 6)).toBeGreaterThan(outageSeconds);
  });

  test("costs one job in 10 000 000 000, so none of the 10 000 that may be waiting", () => {
    expect(chanceToFail()).toBeLessThan(1e-10);
    expect(chanceToFail()).toBeGreaterThan(0);
  });

  test("is more than forty times as long as the four waits of a job that asks for nothing", () => {
    const waits = [0, 1, 2, 3].map((attempts) =>
      longestBackoffSeconds(
        { backoff: { baseSeconds: 10, maximumSeconds: 3600 } },
        attempts,
        standardProfile,
      ),
    );
    expect(sum(waits)).toBe(150);
    expect(outageSeconds).toBeGreaterThan(40 * sum(waits));
  });
});

test("an alarm tells of it within a quarter of an hour all the same", () => {
  expect(promisedSeconds(sendWelcomeEmail, standardProfile)).toBeLessThanOrEqual(900);
});
