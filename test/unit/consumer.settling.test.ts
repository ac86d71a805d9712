import { describe, expect, test } from "@jest/globals";
import {
  NotDoneError,
  PermanentError,
  RetryAfterError,
  UnknownOutcomeError,
} from "../../shared/catalog/job-errors.ts";
import { day, envelopeWith, flowId, received, runAddress, start } from "../support/builders.ts";
import { consume, engineForJobs } from "../support/consuming.ts";
import { mail, pdf, zoe } from "../support/engine.ts";

const message = (key: string, changes: Parameters<typeof received>[2] = {}, deadline = runAddress.deadline) =>
  received({ ...runAddress, key, deadline }, envelopeWith({ [key]: zoe }), changes);
const throws = (error: unknown) => async () => Promise.reject(error);

describe.each([
  ["without a lease", pdf],
  ["under a lease", mail],
])("C6 and C7: a job %s", (_, job) => {
  test("that succeeded is done with, its result stored, its flow's counter moved once", async () => {
    const engine = await engineForJobs();
    const handler = async () => ({ file: "a.pdf" });
    expect(await consume(engine, job, [message(job.name)], { handler })).toEqual({ failed: [], ran: 1 });
    expect(await engine.job(job.name)).toMatchObject({
      status: "succeeded",
      attempts: 1,
      result: `{"file":"a.pdf"}`,
      left: 1,
    });
    expect((await engine.recorded())?.open).toBe(1);
    expect(engine.queue.calls).toEqual([]);
    expect(engine.names()).not.toContain("flow.finished");
  });

  test("whose result can't be kept has succeeded all the same, and its error says what is left out", async () => {
    const engine = await engineForJobs();
    const handler = async () => ({ text: "x".repeat(200) });
    expect(await consume(engine, job, [message(job.name)], { handler })).toEqual({ failed: [], ran: 1 });
    const record = await engine.job(job.name);
    expect(record).toMatchObject({
      status: "succeeded",
      attempts: 1,
      left: 1,
      error: "result: at most 200 bytes of JSON, got 211",
    });
    expect(record).not.toHaveProperty("result");
    expect(engine.queue.calls).toEqual([]);
  });

  test("that is the flow's last finishes it", async () => {
    const engine = await engineForJobs({
      mail: { status: "succeeded" },
      pdf: { status: "succeeded" },
      [job.name]: {},
    });
    await consume(engine, job, [message(job.name)]);
    expect(await engine.job(job.name)).toMatchObject({ left: 0 });
    expect(engine.events.at(-1)).toMatchObject({ event: "flow.finished", status: "succeeded" });
  });

  test("that failed for good is done with, and leaves a letter that explains it", async () => {
    const engine = await engineForJobs();
    const each = message(job.name, { attributes: { AWSTraceHeader: "x" } });
    expect(
      (await consume(engine, job, [each], { handler: throws(new PermanentError("no")) })).failed,
    ).toEqual([]);
    expect(await engine.job(job.name)).toMatchObject({ status: "failed", error: "no", attempts: 1, left: 1 });
    expect(engine.queue.sentTo(`${job.name}-dead-letters`)).toEqual([
      {
        body: each.body,
        attributes: {
          ...{ errand: "run/1", job: `${flowId}.${job.name}`, run: 0, deadline: runAddress.deadline },
          ...{ error: "no", attempts: 1, firstAt: start, lastAt: start },
        },
      },
    ]);
  });

  test("that has done nothing is tried again after its backoff, and its message is hidden until the very second", async () => {
    const engine = await engineForJobs();
    const each = message(job.name);
    expect(
      (await consume(engine, job, [each], { handler: throws(new NotDoneError("busy")) })).failed,
    ).toEqual([each.id]);
    const { due = 0, ...record } = (await engine.job(job.name)) ?? {};
    expect(record).toMatchObject({ status: "retrying", error: "busy", attempts: 1 });
    expect(record).not.toHaveProperty("owner");
    expect(due).toBeGreaterThanOrEqual(start);
    expect(due).toBeLessThanOrEqual(start + 10_000);
    expect(engine.queue.hidden).toEqual([[job.name, each.id, (due - start) / 1000]]);
  });

  test("that was told to wait spends no attempt and waits that long, to the deadline at most", async () => {
    const engine = await engineForJobs();
    const handler = throws(new RetryAfterError("slow down", 70.2));
    await consume(engine, job, [message(job.name)], { handler });
    expect(await engine.job(job.name)).toMatchObject({
      status: "retrying",
      attempts: 0,
      due: start + 71_000,
    });
    const later = await engineForJobs();
    const deadline = start + 30_000;
    await consume(later, job, [message(job.name, {}, deadline)], { handler });
    expect(await later.job(job.name)).toMatchObject({ due: deadline });
  });

  test("whose letter isn't taken keeps its message, and pays when that comes again", async () => {
    let isFull = true;
    const engine = await engineForJobs({}, { refuse: () => (isFull ? "full" : undefined) });
    const each = message(job.name);
    const handler = throws(new PermanentError("no"));
    expect((await consume(engine, job, [each], { handler })).failed).toEqual([each.id]);
    expect(await engine.job(job.name)).toMatchObject({ status: "failed" });
    isFull = false;
    expect(await consume(engine, job, [{ ...each, receiveCount: 2 }], { handler })).toEqual({
      failed: [],
      ran: 0,
    });
    expect(engine.queue.sentTo(`${job.name}-dead-letters`)).toHaveLength(1);
  });

  test("that somebody else has ended meanwhile is done with, and keeps that end", async () => {
    const engine = await engineForJobs();
    const handler = async () => {
      const flow = await engine.recorded();
      if (flow)
        await engine.given({
          ...flow,
          jobs: { ...flow.jobs, [job.name]: { status: "succeeded", run: 0, attempts: 1, by: "other" } },
        });
      throw new PermanentError("too late");
    };
    expect((await consume(engine, job, [message(job.name)], { handler })).failed).toEqual([]);
    expect(await engine.job(job.name)).toMatchObject({ status: "succeeded", by: "other" });
    expect(engine.queue.calls).toEqual([]);
  });
});

test.each<[string, unknown, string]>([
  ["an unknown outcome", new UnknownOutcomeError("cut off"), "cut off"],
  ["an error that nobody classified", new Error("reset by zoe@example.com"), "Error"],
])(
  "%s of a once-job keeps its lease, and its message comes back when that is over",
  async (_, error, reason) => {
    const engine = await engineForJobs();
    const each = message("mail");
    const handler = throws(error);
    expect((await consume(engine, mail, [each], { handler })).failed).toEqual([each.id]);
    expect(await engine.job("mail")).toMatchObject({
      status: "running",
      attempts: 0,
      leaseEnd: start + 130_000,
    });
    expect(engine.queue.hidden).toEqual([["mail", each.id, 131]]);
    expect(engine.events).toContainEqual({
      ...{ level: "warn", event: "job.outcome-unknown", job: `${flowId}.mail`, reason },
    });
  },
);

test("attempts are counted in the ledger, and the last one's failure is for good", async () => {
  const engine = await engineForJobs({ pdf: { status: "retrying", attempts: 4, due: start, error: "busy" } });
  const each = message("pdf", { receiveCount: 9 });
  expect(
    (await consume(engine, pdf, [each], { handler: throws(new NotDoneError("still busy")) })).failed,
  ).toEqual([]);
  expect(await engine.job("pdf")).toMatchObject({ status: "failed", attempts: 5, error: "still busy" });
});

test("a first delivery's duplicate counts no attempt again", async () => {
  const engine = await engineForJobs();
  const handler = throws(new Error("busy"));
  await consume(engine, pdf, [message("pdf")], { handler });
  const once = await engine.job("pdf");
  const copy = message("pdf");
  expect((await consume(engine, pdf, [copy], { handler })).failed).toEqual([copy.id]);
  expect(await engine.job("pdf")).toEqual(once);
});

test("a letter tells the first and the last time, not the last attempt's two", async () => {
  const engine = await engineForJobs();
  const handler = throws(new RetryAfterError("wait", 60));
  const each = message("pdf");
  await consume(engine, pdf, [each], { handler });
  await engine.clock.pass(day);
  await consume(engine, pdf, [{ ...each, receiveCount: 2 }], { handler: throws(new PermanentError("no")) });
  const [letter] = engine.queue.sentTo("pdf-dead-letters");
  expect(letter?.attributes).toMatchObject({ firstAt: start, lastAt: start + day });
});
