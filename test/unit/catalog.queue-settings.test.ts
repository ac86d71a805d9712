import { describe, expect, test } from "@jest/globals";
import { defineJob, type JobOptions } from "../../shared/catalog/job.ts";
import {
  dispatcherLimits,
  dispatchPromisedSeconds,
  durationProfiles,
  flowDeadlineSeconds,
  holdSeconds,
  longestHideSeconds,
  promisedSeconds,
  queueSettings,
  recordRetentionSeconds,
  shortProfile,
  standardProfile,
  webhookLimits,
} from "../../shared/catalog/queue-settings.ts";

const day = 86_400;

describe("a queue's numbers", () => {
  // T: function 2T + 5, visibility 6 × that and at least 120, lease T + 120; above 60 s one job a batch.
  test.each([
    [1, 7, 120, 121, 10],
    [7, 19, 120, 127, 10],
    [8, 21, 126, 128, 10],
    [10, 25, 150, 130, 10],
    [60, 125, 750, 180, 10],
    [61, 127, 762, 181, 1],
    [447, 899, 5394, 567, 1],
  ])(
    "are derived from a timeout of %s s",
    (timeoutSeconds, functionTimeout, visibility, lease, batchSize) => {
      expect(queueSettings({ timeoutSeconds, workers: 7 }, standardProfile)).toEqual({
        functionTimeoutSeconds: functionTimeout,
        visibilityTimeoutSeconds: visibility,
        leaseSeconds: lease,
        batchSize,
        batchingWindowSeconds: 0,
        maximumConcurrency: 7,
        retentionSeconds: 12 * day,
        deadLetterRetentionSeconds: 14 * day,
        maxReceiveCount: 1000,
      });
    },
  );

  test.each([
    [1, 7, 7, 2],
    [10, 25, 25, 11],
    [60, 125, 125, 61],
    [61, 127, 127, 62],
    [447, 899, 899, 448],
  ])(
    "are short in the short profile, by the same formulas: %s s",
    (timeoutSeconds, functionTimeout, visibility, lease) => {
      expect(queueSettings({ timeoutSeconds, workers: 2 }, shortProfile)).toMatchObject({
        functionTimeoutSeconds: functionTimeout,
        visibilityTimeoutSeconds: visibility,
        leaseSeconds: lease,
      });
    },
  );

  test("are the dispatcher's as those of a job of 10 s", () => {
    const job = queueSettings({ timeoutSeconds: 10, workers: 10 }, standardProfile);
    // But no count of receives may take away a flow's only start or check.
    const backstop = { maxReceiveCount: undefined };
    expect(queueSettings(dispatcherLimits, standardProfile)).toEqual({ ...job, ...backstop });
    expect(job).toMatchObject({ functionTimeoutSeconds: 25, batchSize: 10, maxReceiveCount: 1000 });
  });

  test("have no count of receives for webhooks, whose probes are received at every turn", () => {
    expect(queueSettings(webhookLimits, standardProfile)).toHaveProperty("maxReceiveCount", undefined);
  });
});

describe.each(Object.entries(durationProfiles))("in the %s profile", (_, profile) => {
  test.each([1, 10, 60, 61, 447])("the limits of AWS hold for a job of %s s", (timeoutSeconds) => {
    const settings = queueSettings({ timeoutSeconds, workers: 2 }, profile);
    expect(settings.functionTimeoutSeconds).toBeLessThanOrEqual(900);
    expect(settings.visibilityTimeoutSeconds).toBeGreaterThanOrEqual(settings.functionTimeoutSeconds);
    expect(settings.visibilityTimeoutSeconds).toBeLessThanOrEqual(43_200);
    expect(settings.leaseSeconds).toBeGreaterThan(timeoutSeconds);
  });

  test("a check comes within SQS's longest delay, and later than a turn lasts", () => {
    expect(profile.checkDelaySeconds).toBeLessThanOrEqual(900);
    expect(profile.checkDelaySeconds).toBeGreaterThan(profile.turnSeconds);
  });

  test("a hold is a twelfth of the age, within its bounds", () => {
    const { leastSeconds, mostSeconds } = profile.hold;
    expect(holdSeconds(0, profile)).toBe(leastSeconds);
    expect(holdSeconds(12 * leastSeconds + 12, profile)).toBeCloseTo(leastSeconds + 1);
    expect(holdSeconds(1e9, profile)).toBe(mostSeconds);
    expect(holdSeconds(-5, profile)).toBe(leastSeconds);
  });
});

describe("a job's promise", () => {
  const input = {
    "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) },
  } as const;
  const promiseOf = (options: Partial<JobOptions<typeof input>>) =>
    promisedSeconds(defineJob({ name: "job", input, ...options }), standardProfile);

  // Attempts × visibility, and the longest backoffs between them; of five attempts at the most.
  test.each([
    [{}, 5 * 150 + 10 + 20 + 40 + 80],
    [{ timeoutSeconds: 20 }, 5 * 270 + 150],
    [{ attempts: 1 }, 150],
    [{ attempts: 3, backoff: { baseSeconds: 60, maximumSeconds: 90 } }, 3 * 150 + 60 + 90],
    [{ attempts: 100 }, 5 * 150 + 10 + 20 + 40 + 80],
    [{ timeoutSeconds: 447, backoff: { baseSeconds: 3600, maximumSeconds: 43_200 } }, 5 * 5394 + 15 * 3600],
  ])("is how long its first attempts may take: %j", (options, seconds) => {
    expect(promiseOf(options)).toBe(seconds);
  });

  test("is the dispatcher's to take a check within a turn's time after its delay", () => {
    expect(dispatchPromisedSeconds(standardProfile)).toBe(900 + 600);
  });
});

test("what must outlive something else does", () => {
  const { retentionSeconds, deadLetterRetentionSeconds } = queueSettings(
    { timeoutSeconds: 10, workers: 2 },
    standardProfile,
  );
  expect(flowDeadlineSeconds).toBe(11 * day);
  expect(flowDeadlineSeconds).toBeLessThan(retentionSeconds);
  expect(retentionSeconds).toBeLessThan(deadLetterRetentionSeconds);
  expect(recordRetentionSeconds).toBe(40 * day);
});

test("the longest hide leaves room for the time since the receive, which SQS counts in its 12 hours", () => {
  const { functionTimeoutSeconds } = queueSettings({ timeoutSeconds: 447, workers: 2 }, standardProfile);
  expect(longestHideSeconds + functionTimeoutSeconds).toBeLessThanOrEqual(12 * 3600);
});
