import { describe, expect, test } from "@jest/globals";
import { parseAddress } from "../../shared/envelope/address.ts";
import { jobLetter } from "../../shared/envelope/dead-letter.ts";
import { flowStatus } from "../../shared/flow/state-machine.ts";
import { day, envelopeWith, flowId, flowRecord, received, runAddress, start } from "../support/builders.ts";
import { consume, engineForJobs, input } from "../support/consuming.ts";
import { mail, pdf, zoe } from "../support/engine.ts";
import { failedSignUp, moveLettersBack } from "../support/redriving.ts";

const failed = {
  status: "failed",
  attempts: 5,
  error: "no",
  startedAt: start,
  finishedAt: start,
  left: 1,
  leftEpoch: 0,
} as const;

const done = { status: "succeeded", attempts: 1, left: 0, leftEpoch: 0 } as const;

/** The letter of the mail's first run, as it comes back by SQS's own redrive: as a new message. */
function letter(receiveCount = 1) {
  const { attributes } = jobLetter(received(runAddress), runAddress, { run: 0, ...failed });
  return { ...received(runAddress, input(), { receiveCount }), attributes };
}

describe("a letter that somebody moved back to the job's queue", () => {
  test("is run right there as the next run, under a lease, with a check armed before it is opened again", async () => {
    const steps: string[] = [];
    const engine = await engineForJobs(
      { mail: failed, pdf: done },
      {
        refuse: (queue) => void steps.push(`send ${queue}`),
        around: (table) => ({
          ...table,
          update: (update) => {
            steps.push("write");
            return table.update(update);
          },
        }),
      },
    );
    const runs: unknown[] = [];
    const result = await consume(engine, mail, [letter()], {
      handler: async (_, { run, attempt }) => void runs.push([run, attempt]),
    });
    expect([result, runs]).toEqual([{ failed: [], ran: 1 }, [[1, 1]]]);
    // Opened, leased, settled. Nothing goes to its own queue: Lambda would stop that as a loop.
    expect(steps).toEqual(["send dispatch", "write", "write", "write"]);
    expect(await engine.recorded()).toMatchObject({
      ...{ epoch: 1, open: 0, deadline: start + 11 * day },
      jobs: { mail: { status: "succeeded", run: 1, attempts: 1, left: 0, leftEpoch: 1 } },
    });
    const [check] = engine.queue.sentTo("dispatch");
    expect(check).toMatchObject({ body: letter().body, delaySeconds: 900 });
    expect(parseAddress(check?.attributes ?? {})).toMatchObject({
      kind: "check",
      flow: flowId,
      armedAt: start,
    });
  });

  test("is run although its own deadline has passed: its flow has a new one", async () => {
    const engine = await engineForJobs({ mail: failed });
    await engine.clock.pass(12 * day);
    expect(await consume(engine, mail, [letter()])).toEqual({ failed: [], ran: 1 });
    expect((await engine.recorded())?.deadline).toBe(start + 23 * day);
  });

  test("takes a lease also where the job needs none", async () => {
    const engine = await engineForJobs({ pdf: failed });
    const address = { ...runAddress, key: "pdf" };
    const attributes = jobLetter(received(address), address, { run: 0, ...failed }).attributes;
    const message = { ...received(address, envelopeWith({ pdf: zoe })), attributes };
    expect(await consume(engine, pdf, [message])).toEqual({ failed: [], ran: 1 });
    expect(engine.names()).toContain("job.leased");
  });

  test("arms no check where other jobs of its flow are open: theirs has all inputs, which the letter's has not", async () => {
    const engine = await engineForJobs({ mail: failed });
    expect(await consume(engine, mail, [letter()])).toEqual({ failed: [], ran: 1 });
    expect(engine.queue.sentTo("dispatch")).toEqual([]);
    await engine.given(flowRecord({ mail: failed, pdf: {} }, { checkedAt: start - 3_601_000 }));
    expect(await consume(engine, mail, [letter()])).toEqual({ failed: [], ran: 1 });
    expect(engine.queue.sentTo("dispatch")).toHaveLength(1);
  });

  test("is hidden, and the job not opened, where the check can't be sent", async () => {
    const engine = await engineForJobs(
      { mail: failed, pdf: done },
      { refuse: (queue) => (queue === "dispatch" ? "denied" : undefined) },
    );
    const message = letter();
    expect(await consume(engine, mail, [message])).toEqual({ failed: [message.id], ran: 0 });
    expect(await engine.job("mail")).toMatchObject({ status: "failed", run: 0 });
  });

  test.each([
    ["queued, after a worker that died before it began", { run: 1 }, 1, []],
    ["retrying and due", { run: 1, status: "retrying", due: start, attempts: 1 }, 1, []],
    [
      "retrying and not due: it waits",
      { run: 1, status: "retrying", due: start + 9000, attempts: 1 },
      0,
      [9],
    ],
    ["run by another: it waits", { run: 1, status: "running", owner: "he", leaseEnd: start + 5000 }, 0, [5]],
  ] as const)("that comes again goes on with the next run: %s", async (_, job, ran, hidden) => {
    const engine = await engineForJobs({ mail: job });
    expect((await consume(engine, mail, [letter(2)])).ran).toBe(ran);
    expect(engine.queue.hidden.map(([, , seconds]) => seconds)).toEqual(hidden);
    // Armed when it was opened.
    expect(engine.queue.sentTo("dispatch")).toEqual([]);
    expect((await engine.job("mail"))?.run).toBe(1);
  });

  test.each([
    ["succeeded in the next run", { run: 1, status: "succeeded" }, 0],
    ["succeeded in the very run", { status: "succeeded" }, 0],
    ["is a run further", { run: 2 }, 0],
    ["failed in the next run: whoever settled that may not have paid", { ...failed, run: 1 }, 1],
  ] as const)("is done with where the job %s", async (_, job, letters) => {
    const engine = await engineForJobs({ mail: job });
    expect(await consume(engine, mail, [letter()])).toEqual({ failed: [], ran: 0 });
    expect(engine.queue.sentTo("dispatch")).toEqual([]);
    expect(engine.queue.sentTo("mail-dead-letters")).toHaveLength(letters);
    expect(await engine.job("mail")).toMatchObject(job);
  });

  test("that fails once more leaves a letter of the next run, with the deadline that the flow has now", async () => {
    const engine = await engineForJobs({ mail: failed });
    await engine.clock.pass(day);
    engine.ports.claimCheck.load = async () => "no envelope";
    expect(await consume(engine, mail, [letter()])).toEqual({ failed: [], ran: 0 });
    const [again] = engine.queue.sentTo("mail-dead-letters");
    expect(again?.attributes).toMatchObject({ run: 1, deadline: start + 12 * day, errand: "run/1" });
    expect(again?.attributes["error"]).toBe("body: JSON, got something else");
  });

  test("whose copy opens the job at the same time goes on as that one's redelivery", async () => {
    let other = async () => {};
    const engine = await engineForJobs({ mail: failed }, { refuse: () => undefined });
    const { reopen } = engine.ledger;
    engine.ports.ledger.reopen = async (job) => {
      await other();
      return reopen(job);
    };
    other = async () => {
      await reopen({ flow: flowId, key: "mail", run: 0 });
      await engine.ledger.lease(
        { flow: flowId, key: "mail", run: 1 },
        { owner: "he", from: start, to: start + 7000 },
      );
    };
    const message = letter();
    expect(await consume(engine, mail, [message])).toEqual({ failed: [message.id], ran: 0 });
    expect(engine.queue.hidden).toEqual([["mail", message.id, 7]]);
  });
});

test("a sign-up whose letter is moved back by the console ends succeeded; what succeeded isn't done again", async () => {
  const service = await failedSignUp();
  service.mend();
  await moveLettersBack(service, "mail");
  await service.workAll();
  const flow = await service.ports.ledger.read(service.flow);
  expect(flowStatus(Object.values(flow?.jobs ?? {}))).toBe("succeeded");
  expect([service.sent, service.pdfs(), service.letters("mail")]).toEqual([
    [`${service.flow}.mail 1`],
    1,
    [],
  ]);
});

test("a letter that is moved back before its cause is mended is a letter again, and can be moved back again", async () => {
  const service = await failedSignUp();
  await moveLettersBack(service, "mail");
  await service.workAll();
  expect(service.letters("mail").map(({ attributes }) => attributes["run"])).toEqual([1]);
  service.mend();
  await moveLettersBack(service, "mail");
  await service.workAll();
  expect(service.sent).toEqual([`${service.flow}.mail 2`]);
});
