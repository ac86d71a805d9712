import { expect, test } from "@jest/globals";
import { systemClock } from "../../shared/clock/clock.ts";
import { type Entropy, fraction, systemEntropy } from "../../shared/clock/entropy.ts";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";

const filled = (value: number): Entropy => ({ bytes: (count) => new Uint8Array(count).fill(value) });

test("a fraction is from 0 to below 1", () => {
  expect(fraction(filled(0))).toBe(0);
  expect(fraction(filled(255))).toBeLessThan(1);
  expect(fraction(filled(255))).toBeGreaterThan(0.999_999_999);
  expect(fraction(filled(128))).toBeCloseTo(0.502, 3);
});

test("entropy has as many bytes as were asked for", () => {
  for (const entropy of [systemEntropy, createSeededEntropy(1)]) {
    for (const count of [0, 1, 16, 33]) expect(entropy.bytes(count)).toHaveLength(count);
  }
});

test("a seed repeats its entropy, and another seed has another", () => {
  const hex = (seed: number) => Buffer.from(createSeededEntropy(seed).bytes(32)).toString("hex");
  expect(hex(7)).toBe(hex(7));
  expect(hex(7)).not.toBe(hex(8));
});

test("the system's clock calls back once its time has passed, and not where that was cancelled", async () => {
  const called: string[] = [];
  const begun = systemClock.now();
  await new Promise<void>((resolve) => {
    systemClock.after(1, () => called.push("cancelled"))();
    systemClock.after(2, () => {
      called.push("due");
      resolve();
    });
  });
  expect(called).toEqual(["due"]);
  expect(systemClock.now()).toBeGreaterThanOrEqual(begun);
});
