import { describe, expect, test } from "@jest/globals";
import { PermanentError, RetryAfterError } from "../../shared/catalog/job-errors.ts";
import { createDispatcher } from "../../shared/dispatcher/dispatcher.ts";
import type { FlowRecord, JobRecord } from "../../shared/flow/flow-record.ts";
import { isEnd, noticeId, parseNotice } from "../../shared/notification/notice.ts";
import { reopenJob } from "../../shared/redrive/reopen-job.ts";
import {
  type Changes,
  checkAddress,
  day,
  envelopeWith,
  flowId,
  flowRecord,
  received,
  runAddress,
  start,
} from "../support/builders.ts";
import { consume, input } from "../support/consuming.ts";
import { createEngine, type Engine, type EngineOptions, mail, pdf, zoe } from "../support/engine.ts";

const asking = { notify: "https://example.com/" };
const watched = { watchedUntil: start + 7_200_000 };
const done = { status: "succeeded", attempts: 1, left: 1, leftEpoch: 0 } as const;

/** An engine with a flow of a mail and a PDF, both as given. */
async function engineFor(
  jobs: Readonly<Record<string, Changes<JobRecord>>>,
  changes: Changes<FlowRecord> = asking,
  options: EngineOptions = {},
): Promise<Engine> {
  const engine = createEngine(options);
  await engine.given(flowRecord({ mail: {}, pdf: {}, ...jobs }, changes));
  return engine;
}

/** The ids of the notices that were sent. */
function noticesOf(engine: Engine): readonly string[] {
  const sent = ["webhook", "notify"].flatMap((queue) => engine.queue.sentTo(queue));
  return sent.map((message) => noticeId(parseNotice(message)));
}

const mailMessage = (receiveCount = 1) => received(runAddress, input(), { receiveCount });

describe("the end of a flow that asked to be told of it", () => {
  test("makes one notice, of the worker that ended it", async () => {
    const engine = await engineFor({ pdf: done });
    expect(await consume(engine, mail, [mailMessage()])).toEqual({ failed: [], ran: 1 });
    expect(noticesOf(engine)).toEqual([`${flowId}.0`]);
    expect(engine.names()).toContain("notice.sent");
  });

  test("has the trace of its request on the notice, whoever ended it", async () => {
    const trace = "Root=1-5759e988-bd862e3fe1be46a994272793";
    const byWorker = await engineFor({ pdf: done });
    await consume(byWorker, mail, [received(runAddress, input(), { trace })]);
    const byCheck = await engineFor({}, { ...asking, deadline: start - day });
    await createDispatcher(byCheck).process([received(checkAddress, envelopeWith(), { trace })]);
    for (const { queue } of [byWorker, byCheck])
      expect(queue.sentTo("webhook").map((notice) => notice.trace)).toEqual([trace]);
  });

  test("makes none as long as a job is left", async () => {
    const engine = await engineFor({});
    await consume(engine, mail, [mailMessage()]);
    expect(noticesOf(engine)).toEqual([]);
  });

  test("by a failure makes one too, after the letter", async () => {
    const engine = await engineFor({ pdf: done });
    const handler = async () => {
      throw new PermanentError("no");
    };
    await consume(engine, mail, [mailMessage()], { handler });
    expect(engine.queue.calls.map(({ queue }) => queue)).toEqual(["mail-dead-letters", "webhook"]);
    expect(noticesOf(engine)).toEqual([`${flowId}.0`]);
  });

  test("keeps its message where the notice is refused, and repeats it with the same id: C8", async () => {
    const refused: boolean[] = [];
    const refuse = (queue: string) =>
      queue === "webhook" && refused.push(true) === 1 ? "InternalError" : undefined;
    const engine = await engineFor({ pdf: done }, asking, { refuse });
    const first = mailMessage();
    expect(await consume(engine, mail, [first])).toEqual({ failed: [first.id], ran: 1 });
    expect((await engine.recorded())?.open).toBe(0);
    expect(await consume(engine, mail, [{ ...first, receiveCount: 2 }])).toEqual({ failed: [], ran: 0 });
    expect(noticesOf(engine)).toEqual([`${flowId}.0`]);
  });

  test("is repeated for every copy of the message that ended it, and for no copy of another", async () => {
    const ended = { mail: { ...done, left: 0 }, pdf: done };
    const engine = await engineFor(ended);
    await consume(engine, mail, [mailMessage(2), mailMessage()]);
    await consume(engine, pdf, [received({ ...runAddress, key: "pdf" }, envelopeWith({ pdf: zoe }))]);
    expect(noticesOf(engine)).toEqual([`${flowId}.0`, `${flowId}.0`]);
  });

  test("is not told of an epoch that a redrive has ended: the next end is", async () => {
    const engine = await engineFor({ mail: { ...done, left: 0 }, pdf: { run: 1 } }, { ...asking, epoch: 1 });
    await consume(engine, mail, [mailMessage(2)]);
    expect(noticesOf(engine)).toEqual([]);
    const again = { ...runAddress, key: "pdf", run: 1, again: true };
    await consume(engine, pdf, [received(again, envelopeWith({ pdf: zoe }))]);
    expect(noticesOf(engine)).toEqual([`${flowId}.1`]);
  });

  test("makes one where the worker itself closes it past its deadline", async () => {
    const engine = await engineFor({ pdf: done }, { ...asking, deadline: start - 3_600_000 });
    const late = received({ ...runAddress, deadline: start - 3_600_000 }, input());
    expect((await consume(engine, mail, [late])).ran).toBe(0);
    expect(noticesOf(engine)).toEqual([`${flowId}.0`]);
  });

  test("makes one where a check closes it, and once more where that check died before it paid", async () => {
    const engine = await engineFor({}, { ...asking, deadline: start - day });
    const dispatcher = createDispatcher(engine);
    expect(await dispatcher.process([received(checkAddress)])).toEqual([]);
    expect(noticesOf(engine)).toEqual([`${flowId}.0`]);
    await dispatcher.process([received(checkAddress, envelopeWith(), { receiveCount: 2 })]);
    expect(noticesOf(engine)).toEqual([`${flowId}.0`, `${flowId}.0`]);
  });

  test("has the next check try where a check's notice is refused", async () => {
    const refuse = (queue: string) => (queue === "webhook" ? "InternalError" : undefined);
    const engine = await engineFor({}, { ...asking, deadline: start - day }, { refuse });
    await createDispatcher(engine).process([received(checkAddress)]);
    expect(engine.queue.sentTo("dispatch").map(({ attributes }) => attributes["errand"])).toEqual([
      "check/1",
    ]);
  });
});

describe("a flow for which nobody asked", () => {
  test("makes no notice, however it ends", async () => {
    for (const changes of [{}, { watchedUntil: start }]) {
      const engine = await engineFor({ pdf: done }, changes);
      await consume(engine, mail, [mailMessage()]);
      await consume(engine, mail, [mailMessage(2)]);
      expect(engine.queue.calls).toEqual([]);
    }
  });

  test("makes none when a check ends it", async () => {
    const engine = await engineFor({}, { deadline: start - day });
    await createDispatcher(engine).process([received(checkAddress)]);
    expect(noticesOf(engine)).toEqual([]);
  });
});

describe("a flow that somebody watches", () => {
  test("makes a notice of each change of a job, with the version that it left, and one of its end", async () => {
    const engine = await engineFor({ pdf: done }, watched);
    const busy = async () => {
      throw new RetryAfterError("busy", 5);
    };
    const first = mailMessage();
    await consume(engine, mail, [first], { handler: busy });
    expect(noticesOf(engine)).toEqual([`${flowId}.mail.0.1`, `${flowId}.mail.0.2`]);
    await engine.clock.pass(5_000);
    await consume(engine, mail, [{ ...first, receiveCount: 2 }]);
    expect(noticesOf(engine).slice(2)).toEqual([`${flowId}.mail.0.3`, `${flowId}.0`]);
    expect((await engine.recorded())?.version).toBe(4);
  });

  test("makes one of a takeover, and one of a job that ends before the others", async () => {
    const dead = { status: "running", owner: "dead", leaseEnd: start - 1 } as const;
    const engine = await engineFor({ mail: dead }, watched);
    await consume(engine, mail, [mailMessage(2)]);
    expect(noticesOf(engine)).toEqual([`${flowId}.mail.0.1`, `${flowId}.mail.0.2`]);
  });

  test("has its jobs go on where a change can't be told, and says so in no more than a line", async () => {
    const refuse = (queue: string) => (queue === "notify" ? "InternalError" : undefined);
    const engine = await engineFor({}, watched, { refuse });
    expect(await consume(engine, mail, [mailMessage()])).toEqual({ failed: [], ran: 1 });
    expect(engine.events.filter(({ event }) => event === "notice.lost")).toHaveLength(2);
    expect(engine.names()).not.toContain("message.failed");
  });

  test("has its jobs wait a second at the most for a notice that nobody takes", async () => {
    const engine = await engineFor({}, watched);
    const { send } = engine.ports.queue;
    const silent = {
      ...engine.ports.queue,
      send: (...args: Parameters<typeof send>) =>
        args[0] === "notify" ? new Promise<never>(() => {}) : send(...args),
    };
    const working = consume({ ...engine, ports: { ...engine.ports, queue: silent } }, mail, [mailMessage()]);
    // One for the lease, one for the settle.
    await engine.clock.pass(2_000);
    expect(await working).toEqual({ failed: [], ran: 1 });
  });

  test("owes its end: its message is kept where that can't be told", async () => {
    const refuse = (queue: string) => (queue === "notify" ? "InternalError" : undefined);
    const engine = await engineFor({ pdf: done }, watched, { refuse });
    const last = mailMessage();
    expect((await consume(engine, mail, [last])).failed).toEqual([last.id]);
  });

  test("makes one of what a check ends", async () => {
    const engine = await engineFor({}, { ...watched, deadline: start - day });
    await createDispatcher(engine).process([received(checkAddress)]);
    expect(noticesOf(engine)).toEqual([`${flowId}.mail.0.1`, `${flowId}.0`]);
  });

  test("makes one where a redrive opens a job again", async () => {
    const failed = { status: "failed", attempts: 1, left: 0, leftEpoch: 0 } as const;
    const engine = await engineFor({ mail: failed, pdf: done }, watched);
    const job = { flow: flowId, key: "mail", run: 0 };
    await reopenJob(engine.ports, mailMessage(), job, await engine.recorded());
    expect(noticesOf(engine)).toEqual([`${flowId}.mail.1.1`]);
  });

  test("and asked as well is told by a notice for each, of which both are owed", async () => {
    const both = { ...asking, ...watched };
    const engine = await engineFor({ pdf: done }, both);
    await consume(engine, mail, [mailMessage()]);
    const endOf = (queue: string) => engine.queue.sentTo(queue).map(parseNotice).filter(isEnd);
    expect(endOf("webhook")).toEqual([{ flow: flowId, epoch: 0 }]);
    expect(endOf("notify")).toEqual([{ flow: flowId, epoch: 0, toWatchers: true }]);
    for (const name of ["webhook", "notify"]) {
      const refuse = (queue: string) => (queue === name ? "InternalError" : undefined);
      const refusing = await engineFor({ pdf: done }, both, { refuse });
      const last = mailMessage();
      expect((await consume(refusing, mail, [last])).failed).toEqual([last.id]);
    }
  });
});
