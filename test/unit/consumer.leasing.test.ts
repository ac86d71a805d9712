import { describe, expect, test } from "@jest/globals";
import type { JobContext } from "../../shared/catalog/handler.ts";
import { defineJob } from "../../shared/catalog/job.ts";
import { envelopeWith, flowId, received, runAddress, start } from "../support/builders.ts";
import { consume, engineForJobs, input } from "../support/consuming.ts";
import { charge, mail, pdf, person, zoe } from "../support/engine.ts";

const seconds = 1000;
const message = (key = "mail", changes: Parameters<typeof received>[2] = {}, again = false) =>
  received({ ...runAddress, key, again }, envelopeWith({ [key]: zoe }), changes);

describe("C4: a lease is taken", () => {
  const long = defineJob({ name: "pdf", input: person, timeoutSeconds: 61 });
  test.each([
    ["never for a first delivery of a job that may repeat", pdf, message("pdf"), false],
    ["for an effect that must happen once", mail, message("mail"), true],
    ["for a message delivered before", pdf, message("pdf", { receiveCount: 2 }), true],
    ["for a message marked again", pdf, message("pdf", {}, true), true],
    [
      "for a letter that was moved back by hand",
      pdf,
      message("pdf", { attributes: { error: "no", attempts: 5 } }),
      true,
    ],
    ["for a job of more than 60 s", long, message("pdf"), true],
  ] as const)("%s", async (_, job, each, isLeased) => {
    const engine = await engineForJobs();
    const during: unknown[] = [];
    const handler = async () => void during.push(await engine.job(job.name));
    expect(await consume(engine, job, [each], { handler })).toEqual({ failed: [], ran: 1 });
    const lease = {
      status: "running",
      leaseEnd: start + (job.timeoutSeconds + 120) * seconds,
      startedAt: start,
    };
    expect(during).toEqual([expect.objectContaining(isLeased ? lease : { status: "queued" })]);
    expect(engine.names().includes("job.leased")).toBe(isLeased);
    const after = await engine.job(job.name);
    expect(after).toMatchObject({ status: "succeeded", attempts: 1, startedAt: start, finishedAt: start });
    expect(after).not.toHaveProperty("owner");
    expect(after).not.toHaveProperty("leaseEnd");
  });
});

describe("C4: without its lease a message", () => {
  test.each([
    ["of a job that succeeded is done with", { status: "succeeded" }, undefined],
    ["of a job that failed is done with", { status: "failed", error: "no" }, undefined],
    [
      "of another's living lease is hidden until that ends",
      { status: "running", owner: "he", leaseEnd: start + 9001 },
      10,
    ],
    [
      "of a lease that ends now is hidden, and is nobody's to take",
      { status: "running", owner: "he", leaseEnd: start },
      0,
    ],
    ["of a retrying job that isn't due is hidden until it is", { status: "retrying", due: start + 7000 }, 7],
    ["of a held job that isn't due is hidden until it is", { status: "held", due: start + 7001 }, 8],
    [
      "of a job due in a day is hidden for as long as SQS allows",
      { status: "retrying", due: start + 86_400_000 },
      12 * 3600 - 900,
    ],
  ] as const)("%s", async (_, job, hiddenFor) => {
    const engine = await engineForJobs({ mail: job });
    const each = message();
    const { failed, ran } = await consume(engine, mail, [each]);
    expect(ran).toBe(0);
    expect(failed).toEqual(hiddenFor === undefined ? [] : [each.id]);
    expect(engine.queue.hidden).toEqual(hiddenFor === undefined ? [] : [["mail", each.id, hiddenFor]]);
    expect(engine.queue.sentTo("mail-dead-letters")).toHaveLength(job.status === "failed" ? 1 : 0);
    expect(await engine.job("mail")).toMatchObject(job);
  });
});

describe("C4: where a worker died in its lease", () => {
  const dead = {
    status: "running",
    owner: "dead",
    leaseEnd: start - 1,
    startedAt: start - 130 * seconds,
  } as const;
  const takeOver = async (job: typeof pdf, record: object) => {
    const engine = await engineForJobs({ [job.name]: { ...dead, ...record } });
    const contexts: JobContext[] = [];
    const handler = async (_: unknown, context: JobContext) => void contexts.push(context);
    const result = await consume(engine, job, [message(job.name, { receiveCount: 2 })], { handler });
    return { engine, result, contexts, after: await engine.job(job.name) };
  };

  test("a job that may repeat is run again, and the lost attempt counts", async () => {
    const { result, contexts, after, engine } = await takeOver(pdf, { attempts: 1 });
    expect(result).toEqual({ failed: [], ran: 1 });
    expect(contexts[0]?.attempt).toBe(3);
    expect(after).toMatchObject({ status: "succeeded", attempts: 3 });
    expect(after).not.toHaveProperty("resent");
    expect(engine.names()).toContain("job.taken-over");
  });

  test("a job that may repeat fails where that was its last attempt, never above the limit", async () => {
    const { result, after, engine } = await takeOver(pdf, { attempts: 4 });
    expect(result).toEqual({ failed: [], ran: 0 });
    expect(after).toMatchObject({ status: "failed", attempts: 5, error: "worker lost" });
    expect(engine.queue.sentTo("pdf-dead-letters")).toHaveLength(1);
  });

  test("a job to be resent is run once more, and its one resend is spent", async () => {
    const { result, after } = await takeOver(mail, { attempts: 0 });
    expect(result.ran).toBe(1);
    expect(after).toMatchObject({ status: "succeeded", attempts: 2, resent: true });
  });

  test("a job whose resend is spent fails", async () => {
    const { result, after } = await takeOver(mail, { attempts: 1, resent: true });
    expect(result).toEqual({ failed: [], ran: 0 });
    expect(after).toMatchObject({ status: "failed", attempts: 2, error: "outcome unknown" });
  });

  test("a job that may not be resent fails", async () => {
    const { result, after, engine } = await takeOver(charge as typeof pdf, { attempts: 0 });
    expect(result).toEqual({ failed: [], ran: 0 });
    expect(after).toMatchObject({ status: "failed", attempts: 1, error: "outcome unknown", left: 2 });
    expect(engine.queue.sentTo("charge-dead-letters")).toHaveLength(1);
  });

  test("a message that finds another heir is hidden until his lease ends", async () => {
    const heir = { ...dead, owner: "heir", leaseEnd: start + 5000 };
    const engine = await engineForJobs(
      { mail: dead },
      {
        around: (table) => ({
          ...table,
          update: async (update) => {
            const answer = await table.update(update);
            if (!answer.applied && answer.record)
              await engine.given({
                ...answer.record,
                jobs: { ...answer.record.jobs, mail: { ...heir, run: 0, attempts: 1 } },
              });
            return answer;
          },
        }),
      },
    );
    const each = message("mail", { receiveCount: 2 });
    expect(await consume(engine, mail, [each])).toEqual({ failed: [each.id], ran: 0 });
    expect(engine.queue.hidden).toEqual([["mail", each.id, 5]]);
  });
});

test("a handler knows its job, its flow, its run and its attempt, and gets what the schema made of the input", async () => {
  const engine = await engineForJobs({ mail: { run: 2, attempts: 3, status: "retrying", due: start } });
  const seen: unknown[] = [];
  const handler = async (value: unknown, { signal, ...context }: JobContext) =>
    void seen.push(value, context, signal.aborted);
  const each = received({ ...runAddress, run: 2 }, input());
  await consume(engine, mail, [each], { handler });
  expect(seen).toEqual([
    zoe,
    {
      id: `${flowId}.mail`,
      key: "mail",
      flow: { id: flowId, name: "sign-up", createdAt: new Date(start) },
      run: 2,
      attempt: 4,
    },
    false,
  ]);
});

test("C5: a worker that was paused for the whole of its time starts nothing, and nothing is spent", async () => {
  const engine = await engineForJobs(
    {},
    {
      around: (table) => ({
        ...table,
        update: async (update) => {
          const answer = await table.update(update);
          await engine.clock.pass(10_000);
          return answer;
        },
      }),
    },
  );
  const each = message();
  expect(await consume(engine, mail, [each])).toEqual({ failed: [each.id], ran: 0 });
  expect(await engine.job("mail")).toMatchObject({ status: "retrying", attempts: 0 });
  expect(engine.queue.hidden).toEqual([["mail", each.id, 0]]);
});
