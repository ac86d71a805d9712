import { expect, test } from "@jest/globals";
import { type Interval, mostAtOnce } from "../acceptance/most-at-once.ts";

test.each<[string, Interval[], number]>([
  ["none", [], 0],
  [
    "one after another",
    [
      [0, 5],
      [5, 9],
    ],
    1,
  ],
  [
    "two that overlap, and a third later",
    [
      [0, 5],
      [4, 9],
      [9, 12],
    ],
    2,
  ],
  [
    "one within another within another",
    [
      [0, 9],
      [1, 8],
      [2, 3],
      [4, 5],
    ],
    3,
  ],
])("at the most so many run at once: %s", (_name, intervals, most) => {
  expect(mostAtOnce(intervals)).toBe(most);
});
