import { expect, test } from "@jest/globals";
import type { Comparison } from "../bench/measurement.ts";
import { brokenPromises } from "../bench/report.ts";

const figure = (ours: number, atMost?: number): Comparison => ({
  ...{ name: "end, p95", unit: "ms", better: "lower", ours, peer: 1000 },
  ...(atMost === undefined ? {} : { atMost }),
});

test("a benchmark breaks a promise by more than was promised, and a figure without one breaks none", () => {
  expect(brokenPromises({ comparisons: [figure(100, 100), figure(10_000), figure(101, 100)] })).toEqual([
    "end, p95: at most 100 ms, got 101",
  ]);
});

test("a figure that could not be had keeps no promise", () => {
  expect(brokenPromises({ comparisons: [figure(Number.NaN, 100)] })).toHaveLength(1);
});
