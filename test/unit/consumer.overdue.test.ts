import { describe, expect, test } from "@jest/globals";
import type { JobRecord } from "../../shared/flow/flow-record.ts";
import {
  type Changes,
  day,
  flowId,
  flowRecord,
  jobRecord,
  otherFlowId,
  received,
  runAddress,
  start,
} from "../support/builders.ts";
import { consume, engineForJobs, input } from "../support/consuming.ts";
import { mail } from "../support/engine.ts";

describe("after its deadline a message", () => {
  const late = { ...runAddress, deadline: start - 1 };
  /** An engine whose flow's deadline was so many milliseconds ago. */
  const overdue = async (job: Changes<JobRecord>, ago: number, pdf: Changes<JobRecord> = {}) => {
    const engine = await engineForJobs();
    await engine.given(flowRecord({ mail: job, pdf }, { deadline: start - ago }));
    return engine;
  };
  const graceMilliseconds = 15 * 60_000;

  test.each([
    ["of a job that succeeded is done with", { status: "succeeded" }, 0],
    ["of a job that failed repeats its letter", { status: "failed", error: "deadline" }, 1],
    ["of another run is done with", { status: "failed", run: 1 }, 0],
    ["of another run is done with, also where that is open", { run: 1 }, 0],
  ] as const)("%s", async (_, job, letters) => {
    for (const ago of [1, graceMilliseconds + 1]) {
      const engine = await overdue(job, ago);
      expect(await consume(engine, mail, [received(late, input())])).toEqual({ failed: [], ran: 0 });
      expect(engine.queue.sentTo("mail-dead-letters")).toHaveLength(letters);
      expect(await engine.job("mail")).toMatchObject(job);
    }
  });

  test.each([
    [1, 900],
    [graceMilliseconds, 1],
  ])("of an open job is kept until the grace is over, %s ms after it", async (ago, seconds) => {
    const engine = await overdue({}, ago);
    const message = received(late, input());
    expect(await consume(engine, mail, [message])).toEqual({ failed: [message.id], ran: 0 });
    expect(engine.queue.hidden).toEqual([["mail", message.id, seconds]]);
    expect(await engine.job("mail")).toEqual(jobRecord());
    expect(engine.queue.calls).toEqual([]);
  });

  test.each<[string, Changes<JobRecord>, string]>([
    ["nothing", {}, "deadline"],
    [
      "a service",
      { status: "held", attempts: 2, due: start + day, error: "smtp: down" },
      "deadline: smtp: down",
    ],
    [
      "a worker that died",
      { status: "running", attempts: 2, owner: "dead", leaseEnd: start - 1 },
      "deadline",
    ],
  ])(
    "ends an open job after that, with its input in the letter, where it waited for %s",
    async (_, job, error) => {
      const engine = await overdue(job, graceMilliseconds + 1);
      const message = received(late, input());
      expect(await consume(engine, mail, [message])).toEqual({ failed: [], ran: 0 });
      const { attempts = 0 } = job;
      expect(await engine.job("mail")).toMatchObject({ status: "failed", error, attempts, left: 1 });
      expect(await engine.job("mail")).not.toHaveProperty("owner");
      expect(engine.queue.sentTo("mail-dead-letters")).toMatchObject([
        { body: message.body, attributes: { error, attempts } },
      ]);
      expect(engine.events).toContainEqual({ level: "warn", event: "flow.overdue", flow: flowId, jobs: 1 });
    },
  );

  test("that ends the flow's last job finishes it", async () => {
    const engine = await overdue({}, graceMilliseconds + 1, { status: "succeeded" });
    await consume(engine, mail, [received(late, input())]);
    expect(engine.events).toContainEqual({
      level: "info",
      event: "flow.finished",
      flow: flowId,
      status: "failed",
    });
  });

  test("of a job whose worker may still be at it is hidden until that one's lease is over", async () => {
    const alive = { status: "running", owner: "he", leaseEnd: start + 7000 } as const;
    const engine = await overdue(alive, graceMilliseconds + 1);
    const message = received(late, input());
    expect(await consume(engine, mail, [message])).toEqual({ failed: [message.id], ran: 0 });
    expect(engine.queue.hidden).toEqual([["mail", message.id, 7]]);
    expect(await engine.job("mail")).toMatchObject(alive);
    expect(engine.events.map(({ event }) => event)).not.toContain("flow.overdue");
  });

  test("is run where a redrive of another job has given its flow a new one", async () => {
    const engine = await engineForJobs();
    expect(await consume(engine, mail, [received(late, input())])).toEqual({ failed: [], ran: 1 });
    expect(await engine.job("mail")).toMatchObject({ status: "succeeded" });
  });

  test("of a flow that is gone is set aside with its bytes, as nobody's", async () => {
    const engine = await engineForJobs();
    const gone = received({ ...late, flow: otherFlowId }, input());
    expect(await consume(engine, mail, [gone])).toEqual({ failed: [], ran: 0 });
    expect(engine.queue.sentTo("mail-dead-letters")).toEqual([
      { body: gone.body, attributes: { error: "job: one that the ledger has, got another" } },
    ]);
  });
});
