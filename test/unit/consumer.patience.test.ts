import { describe, expect, test } from "@jest/globals";
import type { Table, Update } from "../../shared/ledger/table.ts";
import { envelopeWith, flowId, received, runAddress, start } from "../support/builders.ts";
import { consume, engineForJobs } from "../support/consuming.ts";
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

  test("is given up within 3 s, still with its one nonce, and the message is hidden by its age", async () => {
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

test("the tries of a settle wait 200 ms, 400 ms and so on, all within 3 s", async () => {
  const times: number[] = [];
  const engine = await engineForJobs(
    {},
    {
      around: (table) => ({
        ...table,
        update: async () => {
          times.push(engine.clock.now() - start);
          throw new Error("throttled");
        },
      }),
    },
  );
  const each = received({ ...runAddress, key: "pdf" }, envelopeWith({ pdf: zoe }));
  const working = consume(engine, pdf, [each]);
  await engine.clock.pass(minute);
  expect((await working).failed).toEqual([each.id]);
  expect(times.slice(0, 3)).toEqual([0, 200, 600]);
  expect(Math.max(...times)).toBeLessThanOrEqual(3000);
});
