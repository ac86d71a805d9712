import { expect, test } from "@jest/globals";
import type { JobHandler } from "../../shared/catalog/handler.ts";
import { runHandler } from "../../shared/consumer/run-handler.ts";
import type { Outcome } from "../../shared/consumer/verdict.ts";
import { start } from "../support/builders.ts";
import { createManualClock } from "../support/clock-manual.ts";

const context = {
  id: "flow.mail",
  key: "mail",
  flow: { id: "flow", name: "sign-up", createdAt: new Date(start) },
  run: 0,
  attempt: 1,
};

/** A run with a deadline in 10 s: its outcome, once there is one. */
function run<Input>(handler: JobHandler<Input>, input: Input) {
  const clock = createManualClock(start);
  const done: { outcome?: Outcome } = {};
  const ended = runHandler(handler, input, context, { clock, deadline: start + 10_000 }).then((outcome) => {
    done.outcome = outcome;
  });
  return { clock, done, ended };
}

test("a handler gets its input and what it may know of its job", async () => {
  const seen: unknown[] = [];
  const { ended, done, clock } = run(
    async (input: { a: number }, { signal, ...known }) => {
      seen.push(input, known, signal.aborted);
      return { ok: true };
    },
    { a: 1 },
  );
  await ended;
  expect(seen).toEqual([{ a: 1 }, context, false]);
  expect(done.outcome).toEqual({ kind: "returned", result: { ok: true } });
  expect(clock.pending).toBe(0);
});

test("a handler that returns nothing has no result", async () => {
  const { ended, done } = run(async () => {}, undefined);
  await ended;
  expect(done.outcome).toEqual({ kind: "returned", result: undefined });
});

test.each<[string, JobHandler<undefined>]>([
  ["rejects", async () => Promise.reject(new Error("no"))],
  [
    "throws before its first await",
    () => {
      throw new Error("no");
    },
  ],
])("a handler that %s threw", async (_, handler) => {
  const { ended, done, clock } = run(handler, undefined);
  await ended;
  expect(done.outcome).toEqual({ kind: "threw", error: new Error("no"), timedOut: false });
  expect(clock.pending).toBe(0);
});

/** Waits for its signal, then does as told. */
function onAbort(then: (reason: unknown) => Promise<undefined>): JobHandler<undefined> {
  return (_, { signal }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => then(signal.reason).then(resolve, reject));
    });
}

test("a handler is aborted at its deadline, not before, and what it throws then is a timeout", async () => {
  const { clock, done, ended } = run(
    onAbort(async (reason) => Promise.reject(reason)),
    undefined,
  );
  await clock.pass(9_999);
  expect(done.outcome).toBeUndefined();
  await clock.pass(1);
  await ended;
  expect(done.outcome).toMatchObject({ kind: "threw", timedOut: true, error: { name: "TimeoutError" } });
  expect(clock.pending).toBe(0);
});

test("a handler that ends well in its grace has ended well", async () => {
  const { clock, done, ended } = run(
    onAbort(async () => undefined),
    undefined,
  );
  await clock.pass(10_000);
  await ended;
  expect(done.outcome).toEqual({ kind: "returned", result: undefined });
  expect(clock.pending).toBe(0);
});

test("a handler that still runs 2 s after its deadline is stuck, and what it does later is not heard", async () => {
  const late = Promise.withResolvers<undefined>();
  const { clock, done, ended } = run(() => late.promise, undefined);
  await clock.pass(11_999);
  expect(done.outcome).toBeUndefined();
  await clock.pass(1);
  await ended;
  expect(done.outcome).toEqual({ kind: "stuck" });
  late.reject(new Error("too late"));
  await clock.pass(0);
  expect(done.outcome).toEqual({ kind: "stuck" });
  expect(clock.pending).toBe(0);
});
