import { describe, expect, test } from "@jest/globals";
import type { JobContext } from "../../shared/catalog/handler.ts";
import { PermanentError } from "../../shared/catalog/job-errors.ts";
import { envelopeWith, flowId, flowRecord, received, runAddress, start } from "../support/builders.ts";
import { consume, engineForJobs } from "../support/consuming.ts";
import { createEngine, mail, pdf, zoe } from "../support/engine.ts";

const minute = 60_000;
const keys = ["a", "b", "c", "d"];

/** A flow with four PDFs, and a message for each. */
async function batchOfPdfs(options = {}) {
  const engine = createEngine(options);
  await engine.given(flowRecord(Object.fromEntries(keys.map((key) => [key, { job: "pdf" }]))));
  const messages = keys.map((key) => {
    const envelope = { ...envelopeWith({}), jobs: { [key]: { job: "pdf", input: zoe } } };
    return received({ ...runAddress, key }, envelope);
  });
  const ids = (...indices: number[]) => indices.map((index) => messages[index]?.id);
  const statuses = async () => Promise.all(keys.map(async (key) => (await engine.job(key))?.status));
  return { engine, messages, ids, statuses };
}

describe("the messages of a batch", () => {
  test("are worked one after another", async () => {
    const { engine, messages } = await batchOfPdfs();
    const steps: string[] = [];
    const handler = async (_: unknown, { key }: JobContext) => {
      steps.push(`${key} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      steps.push(`${key} ends`);
    };
    await consume(engine, pdf, messages, { handler });
    expect(steps).toEqual(keys.flatMap((key) => [`${key} begins`, `${key} ends`]));
  });

  test("succeed whatever becomes of their mates", async () => {
    const { engine, messages, ids, statuses } = await batchOfPdfs();
    const junk = { ...messages[0], id: "junk", attributes: {} } as (typeof messages)[number];
    const handler = async (_: unknown, { key }: JobContext) => {
      if (key === "b") throw new Error("busy");
      if (key === "c") throw new PermanentError("no");
    };
    const { failed } = await consume(engine, pdf, [junk, ...messages], { handler });
    expect(failed).toEqual(ids(1));
    expect(await statuses()).toEqual(["succeeded", "retrying", "failed", "succeeded"]);
  });

  test("are reported each where the ledger is out of reach, hidden for a while, and nothing is thrown", async () => {
    const { engine, messages, ids } = await batchOfPdfs({
      around: (table: object) => ({ ...table, update: () => Promise.reject(new Error("unreachable")) }),
    });
    const working = consume(engine, pdf, messages);
    await engine.clock.pass(minute);
    expect((await working).failed).toEqual(ids(0, 1, 2, 3));
    expect(engine.names().filter((name) => name === "message.failed")).toHaveLength(4);
    expect(engine.queue.hidden.map(([, id]) => id)).toEqual(ids(0, 1, 2, 3));
  });

  test.each([
    [0, 60],
    [24, 120],
    [10_000, 3600],
  ])(
    "that are %s min old are hidden for 0.5 to 1 times %s s where the ledger is out of reach",
    async (minutes, hold) => {
      const unreachable = () => Promise.reject(new Error("unreachable"));
      const { engine, messages } = await batchOfPdfs({
        around: (table: object) => ({ ...table, update: unreachable }),
      });
      // Delivered before, so that the lease fails and no settle is waited for.
      const old = messages.map((message) => ({
        ...message,
        receiveCount: 2,
        sentAt: start - minutes * minute,
      }));
      await consume(engine, pdf, old);
      const seconds = engine.queue.hidden.map(([, , each]) => each);
      expect(new Set(seconds).size).toBeGreaterThan(1);
      expect(Math.min(...seconds)).toBeGreaterThanOrEqual(0.5 * hold);
      expect(Math.max(...seconds)).toBeLessThanOrEqual(hold);
      expect(seconds.every(Number.isInteger)).toBe(true);
    },
  );

  test("are reported also where they can't be hidden", async () => {
    const onHide = () => {
      throw new Error("MessageNotInflight");
    };
    const { engine, messages, ids } = await batchOfPdfs({ onHide });
    const handler = async () => Promise.reject(new Error("busy"));
    expect((await consume(engine, pdf, messages, { handler })).failed).toEqual(ids(0, 1, 2, 3));
  });

  test("are given back at once where too little time is left: T + 5 s to the millisecond", async () => {
    const { engine, messages, ids, statuses } = await batchOfPdfs();
    const left = [15_000, 15_000, 14_999];
    const { failed, ran } = await consume(engine, pdf, messages, { remaining: () => left.shift() ?? 0 });
    expect({ failed, ran }).toEqual({ failed: ids(2, 3), ran: 2 });
    expect(engine.queue.hidden).toEqual(ids(2, 3).map((id) => ["pdf", id, 0]));
    expect(await statuses()).toEqual(["succeeded", "succeeded", "queued", "queued"]);
    expect(engine.events.at(-1)).toEqual({
      level: "info",
      event: "batch.handed-back",
      queue: "pdf",
      jobs: 2,
    });
  });
});

describe("a handler that ignores its abort", () => {
  /** Works the batch with a first handler that never ends, past its deadline and its grace. */
  async function stuck(
    job: typeof pdf,
    engine: Awaited<ReturnType<typeof engineForJobs>>,
    messages: Parameters<typeof consume>[2],
  ) {
    const calls: string[] = [];
    const handler = () => new Promise<undefined>(() => {});
    const onStuck = () => void calls.push(`stuck after ${engine.queue.hidden.length} hides`);
    const working = consume(engine, job, messages, { handler, onStuck });
    await engine.clock.pass(12_000);
    return { ...(await working), calls };
  }

  test("is settled as timed out, its mates are given back, and then the process is to end", async () => {
    const { engine, messages, ids } = await batchOfPdfs();
    const { failed, ran, calls } = await stuck(pdf, engine, messages);
    expect({ failed, ran }).toEqual({ failed: ids(0, 1, 2, 3), ran: 1 });
    expect(calls).toEqual(["stuck after 4 hides"]);
    expect(await engine.job("a")).toMatchObject({
      status: "retrying",
      attempts: 1,
      error: "timed out after 10 s",
    });
    expect(engine.queue.hidden.slice(1)).toEqual(ids(1, 2, 3).map((id) => ["pdf", id, 0]));
    expect(engine.events).toContainEqual({ level: "warn", event: "job.stuck", job: `${flowId}.a` });
  });

  test("of a once-job keeps the lease: the outcome is unknown", async () => {
    const engine = await engineForJobs();
    const each = received(runAddress, envelopeWith({ mail: zoe }));
    const { failed, calls } = await stuck(mail, engine, [each]);
    expect(failed).toEqual([each.id]);
    expect(calls).toHaveLength(1);
    expect(await engine.job("mail")).toMatchObject({ status: "running", leaseEnd: start + 130_000 });
    expect(engine.queue.hidden).toEqual([["mail", each.id, 119]]);
  });

  test("at its last attempt fails for good, with one letter, and its message comes back to be dropped", async () => {
    const engine = await engineForJobs({ pdf: { status: "retrying", attempts: 4, due: start } });
    const each = received({ ...runAddress, key: "pdf" }, envelopeWith({ pdf: zoe }), { receiveCount: 2 });
    const { failed } = await stuck(pdf, engine, [each]);
    expect(failed).toEqual([each.id]);
    expect(await engine.job("pdf")).toMatchObject({ status: "failed", attempts: 5 });
    expect(engine.queue.sentTo("pdf-dead-letters")).toHaveLength(1);
  });
});
