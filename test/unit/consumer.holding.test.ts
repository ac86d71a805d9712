import { describe, expect, test } from "@jest/globals";
import * as v from "valibot";
import { defineJob } from "../../shared/catalog/job.ts";
import { envelopeWith, flowRecord, received, runAddress, start } from "../support/builders.ts";
import { consume, engineForJobs } from "../support/consuming.ts";
import { mail, zoe } from "../support/engine.ts";

/** What an older deploy sent: today's schema has the address under another name. */
const old = { mail: { address: "zoe at example.com", name: "Zoë" } };
const run = (changes: Parameters<typeof received>[2] = {}) =>
  received(runAddress, envelopeWith(old), changes);
const refused = { status: "held", attempts: 0 };

describe("an input that the job's schema refuses was taken by the deploy that sent it: its job", () => {
  test("is held and its message hidden: nothing is run, no attempt is spent, no letter is sent", async () => {
    const engine = await engineForJobs();
    const message = run();
    expect(await consume(engine, mail, [message])).toEqual({ failed: [message.id], ran: 0 });
    const { due = 0, ...job } = (await engine.job("mail")) ?? {};
    expect(job).toEqual({
      ...{ ...refused, run: 0, heldSince: start },
      ...{ by: expect.any(String), error: expect.any(String) },
    });
    expect(engine.queue.hidden).toEqual([["mail", message.id, (due - start) / 1000]]);
    expect(engine.queue.calls).toEqual([]);
    expect((await engine.recorded())?.open).toBe(2);
    expect(engine.events).toEqual([expect.objectContaining({ level: "warn", event: "job.held" })]);
  });

  test.each([
    ["0 min", 0, 30, 60],
    ["24 min", 24, 60, 120],
    ["a week", 10_000, 1800, 3600],
  ])("waits longer the longer it has waited: after %s", async (_, minutes, least, most) => {
    const engine = await engineForJobs();
    await consume(engine, mail, [run({ sentAt: start - minutes * 60_000 })]);
    const [[, , seconds] = []] = engine.queue.hidden;
    expect(seconds).toBeGreaterThanOrEqual(least);
    expect(seconds).toBeLessThanOrEqual(most);
  });

  test.each([
    ["of the job's own words", v.email("an email address")],
    ["of the schema library, which repeat the value", v.email()],
  ])("says where the schema is broken, and has no value, with rules %s", async (_, rule) => {
    const job = defineJob({ name: "mail", input: v.object({ address: v.pipe(v.string(), rule) }) });
    const engine = await engineForJobs();
    await consume(engine, job, [run()]);
    expect((await engine.job("mail"))?.error).toBe("address: as the job's schema says, got something else");
  });

  test("keeps the attempts that it has spent, at each hold", async () => {
    const engine = await engineForJobs({ mail: { status: "retrying", attempts: 4, due: start } });
    for (const receiveCount of [2, 3]) {
      await consume(engine, mail, [run({ receiveCount })]);
      const { due = 0, ...job } = (await engine.job("mail")) ?? {};
      expect(job).toMatchObject({ status: "held", attempts: 4 });
      expect(due).toBeGreaterThan(engine.clock.now());
      await engine.clock.pass(due - engine.clock.now());
    }
  });

  test("is run by the first deploy whose schema takes its input", async () => {
    const engine = await engineForJobs();
    await consume(engine, mail, [run()]);
    await engine.clock.pass(60_000);
    const mended = defineJob({ name: "mail", input: v.object({ name: v.string() }) });
    expect(await consume(engine, mended, [run({ receiveCount: 2 })])).toEqual({ failed: [], ran: 1 });
    expect(await engine.job("mail")).toMatchObject({ status: "succeeded", attempts: 1 });
    expect(await engine.job("mail")).not.toHaveProperty("error");
  });
});

describe("a message whose input is refused leaves alone", () => {
  test.each([
    ["a job that is held: a second copy doesn't move its due time", "held", { due: start + 99_000 }, 99],
    ["a job that waits for its backoff", "retrying", { due: start + 99_000 }, 99],
    ["a job that another worker runs", "running", { owner: "other", leaseEnd: start + 99_000 }, 99],
    [
      "a job that is running in a worker long dead: it doesn't go round",
      "running",
      { owner: "dead", leaseEnd: 1 },
      30,
    ],
  ] as const)("%s", async (_, status, fields, least) => {
    const engine = await engineForJobs({ mail: { status, ...fields } });
    const message = run({ receiveCount: 2 });
    expect((await consume(engine, mail, [message])).failed).toEqual([message.id]);
    expect(await engine.recorded()).toEqual(flowRecord({ mail: { status, ...fields }, pdf: {} }));
    expect(engine.queue.hidden[0]?.[2]).toBeGreaterThanOrEqual(least);
  });

  test.each(["succeeded", "failed"] as const)("a job that has %s: it is done with", async (status) => {
    const engine = await engineForJobs({ mail: { status, error: "no" } });
    expect(await consume(engine, mail, [run({ receiveCount: 2 })])).toEqual({ failed: [], ran: 0 });
    expect(await engine.job("mail")).toMatchObject({ status });
  });

  test("its batch mates: they run", async () => {
    const engine = await engineForJobs({ second: { job: "mail" } });
    const envelope = { ...envelopeWith(), jobs: { second: { job: "mail", input: zoe } } };
    const [bad, good] = [run(), received({ ...runAddress, key: "second" }, envelope)];
    expect(await consume(engine, mail, [bad, good])).toEqual({ failed: [bad.id], ran: 1 });
    expect(await engine.job("second")).toMatchObject({ status: "succeeded" });
  });
});
