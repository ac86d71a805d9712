import { expect, test } from "@jest/globals";
import { onceReady } from "../../shared/index.ts";

test("a value is made when it is first asked for, and once for all who ask", async () => {
  let made = 0;
  const ready = onceReady(async () => ({ number: ++made }));
  expect(made).toBe(0);
  const values = [...(await Promise.all([ready(), ready()])), await ready()];
  expect(new Set(values).size).toBe(1);
  expect(made).toBe(1);
});

test("a failure is told to all who waited, and what failed is tried again by who asks next", async () => {
  let tries = 0;
  const ready = onceReady(async () => {
    if (++tries === 1) throw new Error("no such file");
    return "there";
  });
  const outcomes = await Promise.allSettled([ready(), ready()]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect([await ready(), await ready(), tries]).toEqual(["there", "there", 2]);
});
