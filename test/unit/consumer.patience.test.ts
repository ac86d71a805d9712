import { describe, expect, test } from "@jest/globals";
import { OutageError } from "../../shared/catalog/job-errors.ts";
import type { Table, Update } from "../../shared/ledger/table.ts";
import { envelopeWith, flowId, received, runAddress, start } from "../support/builders.ts";
import { consume, engineForJobs, input } from "../support/consuming.ts";
import { mail, pdf, zoe } from "../support/engine.ts";

/** The nonce that a settle writes; undefined for any other write. */
const nonceOf = ({ set }: Update) => set.find(({ path }) => path[2] === "by")?.to;

/** A table whose settles throw, the first so many of them, before the write or after it; `nonces` has each try's. */
function troubledSettles(times: number, when: "before" | "after") {
  const nonces: unknown[] = [];
  const around = (table: Table): Table => ({
    ...table,
    async update(update) {
      const nonce = nonceOf(update);
      if (nonce === undefined) return table.update(update);
      nonces.push(nonce);
      const isTroubled = nonces.length <= times;
      if (isTroubled && when === "before") throw new Error("throttled");
      const answer = await table.update(update);
      if (isTroubled) throw new Error("the answer was lost");
      return answer;
    },
  });
  return { nonces, around };
}

const minute = 60_000;

describe.each([
  ["without a lease", pdf],
  ["under a lease", mail],
])("the settle of a job %s", (_, job) => {
  async function work(times: number, when: "before" | "after" = "before") {
    const { nonces, around } = troubledSettles(times, when);
    const engine = await engineForJobs({}, { around });
    const each = received({ ...runAddress, key: job.name }, envelopeWith({ [job.name]: zoe }), {
      sentAt: start - 24 * minute,
    });
    const working = consume(engine, job, [each], { handler: async () => ({ done: true }) });
    await engine.clock.pass(minute);
    return { engine, each, nonces, result: await working };
  }

  test.each([
    ["before the write", "before"],
    ["after it, its answer lost", "after"],
  ] as const)(
    "that the ledger throws at once, %s, is repeated with its nonce: no second run",
    async (_, when) => {
      const { engine, nonces, result } = await work(1, when);
      expect(result).toEqual({ failed: [], ran: 1 });
      const record = await engine.job(job.name);
      expect(record).toMatchObject({ status: "succeeded", attempts: 1, left: 1, result: `{"done":true}` });
      expect(nonces).toEqual([record?.by, record?.by]);
      expect((await engine.recorded())?.open).toBe(1);
      expect(engine.queue.hidden).toEqual([]);
      expect(engine.clock.pending).toBe(0);
    },
  );

  test("is given up in the end, still with its one nonce, and the message is hidden by its age", async () => {
    const { engine, each, nonces, result } = await work(Number.POSITIVE_INFINITY);
    expect(result).toEqual({ failed: [each.id], ran: 1 });
    expect(nonces.length).toBeGreaterThan(2);
    expect(new Set(nonces).size).toBe(1);
    expect(engine.events).toContainEqual({
      ...{ level: "warn", event: "message.failed", queue: job.name, job: `${flowId}.${job.name}` },
      reason: "throttled",
    });
    expect(engine.queue.hidden).toEqual([[job.name, each.id, expect.any(Number)]]);
    const seconds = engine.queue.hidden[0]?.[2] ?? 0;
    // A twelfth of 24 minutes, jittered down to its half.
    expect(seconds).toBeGreaterThanOrEqual(0.5 * 120);
    expect(seconds).toBeLessThanOrEqual(120);
    expect(engine.clock.pending).toBe(0);
  });
});

/** When each try of a settle came, in ms from the start, where none gets through; and how often the attempt ran. */
async function triesOf(job: typeof mail, handlerMilliseconds: number) {
  const times: number[] = [];
  const around = (table: Table): Table => ({
    ...table,
    async update(update) {
      if (nonceOf(update) === undefined) return table.update(update);
      times.push(engine.clock.now() - start);
      throw new Error("throttled");
    },
  });
  const engine = await engineForJobs({}, { around });
  const each = received({ ...runAddress, key: job.name }, envelopeWith({ [job.name]: zoe }));
  const handler = () =>
    new Promise<undefined>(
      (resolve) => void engine.clock.after(handlerMilliseconds, () => resolve(undefined)),
    );
  const working = consume(engine, job, [each], { handler });
  await engine.clock.pass(30 * minute);
  expect((await working).failed).toEqual([each.id]);
  return times;
}

describe("the tries of a settle", () => {
  test("wait 200 ms, 400 ms and so on, 5 s at the most", async () => {
    const times = await triesOf({ ...mail, timeoutSeconds: 400 }, 0);
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(pauses.slice(0, 3)).toEqual([200, 400, 800]);
    expect(Math.max(...pauses)).toBe(5000);
  });

  test.each([
    ["of a job that was quick", 0],
    ["of one that took half its time", 5000],
    ["of one that took all of it", 9999],
  ])("go on for as long as the job may run, and 3 s more: %s", async (_, took) => {
    const times = await triesOf({ ...mail, timeoutSeconds: 10 }, took);
    const last = Math.max(...times);
    expect(last).toBeLessThanOrEqual(13_000);
    // The pause after it would have ended too late.
    expect(last).toBeGreaterThan(took === 0 ? 10_000 : 11_000);
  });
});

test("a job that is held spends no attempt where the ledger throttles for ten seconds", async () => {
  let throttledFrom = Number.POSITIVE_INFINITY;
  const isThrottled = () =>
    engine.clock.now() - throttledFrom < 10_000 && engine.clock.now() >= throttledFrom;
  const around = (table: Table): Table => ({
    ...table,
    update: (update) => (isThrottled() ? Promise.reject(new Error("throttled")) : table.update(update)),
  });
  const engine = await engineForJobs({}, { around });
  const handler = async () => {
    throttledFrom = engine.clock.now();
    throw new OutageError("no connection", "smtp");
  };
  const working = consume(engine, mail, [received(runAddress, input())], { handler });
  await engine.clock.pass(minute);
  await working;
  expect(await engine.job("mail")).toMatchObject({ status: "held", attempts: 0 });
  expect(await engine.job("mail")).not.toHaveProperty("owner");
});
