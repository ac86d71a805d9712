import { describe, expect, jest, test } from "@jest/globals";
import { reachDeadline } from "./scenarios.ts";
import { firstSeed as seed } from "./seeds.ts";

// It takes five seconds of a core that has nothing else to do. `npm run nightly` runs the same with 2000 jobs each.
jest.setTimeout(120_000);

describe("a flow that can't end before its deadline", () => {
  test.each([
    ["a queue refuses its job", "queueRefusing"],
    ["its job is paused", "jobPaused"],
  ] as const)(
    "since %s is closed in time and pays what it owes, whatever dies or fails",
    async (_, fault) => {
      expect(await reachDeadline(seed, { jobs: 150, fault })).toEqual([]);
    },
  );
});
