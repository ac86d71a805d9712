import { describe, expect, test } from "@jest/globals";
import { formatPointer } from "../../shared/claim-check/pointer.ts";
import { encodeAddress, type RunAddress } from "../../shared/envelope/address.ts";
import type { JobRecord } from "../../shared/flow/flow-record.ts";
import {
  type Changes,
  day,
  envelopeWith,
  flowId,
  flowRecord,
  jobRecord,
  otherFlowId,
  received,
  runAddress,
  start,
  startAddress,
} from "../support/builders.ts";
import { consume, engineForJobs, input } from "../support/consuming.ts";
import { mail, pdf, zoe } from "../support/engine.ts";

const run = (
  address: RunAddress = runAddress,
  body: Parameters<typeof received>[1] = input(),
  changes = {},
) => received(address, body, changes);

describe("C1: a message that is nobody's", () => {
  test.each([
    ["without an address", { ...run(), attributes: {} }, "errand: <kind>/<version>, got nothing"],
    ["of the dispatcher", received(startAddress), "errand: run, got start"],
  ])(
    "%s goes to the dead letters with its bytes and the reason, and is done with",
    async (_, message, error) => {
      const engine = await engineForJobs();
      expect(await consume(engine, mail, [message])).toEqual({ failed: [], ran: 0 });
      expect(engine.queue.sentTo("mail-dead-letters")).toEqual([
        { body: message.body, attributes: { error } },
      ]);
    },
  );

  test.each([
    ["of a flow that the ledger hasn't", encodeAddress({ ...runAddress, flow: otherFlowId })],
    ["of a job that the flow hasn't", encodeAddress({ ...runAddress, key: "other" })],
    [
      "of a job with the name of something that every object has",
      encodeAddress({ ...runAddress, key: "constructor" }),
    ],
  ])("%s is set aside as well", async (_, attributes) => {
    const engine = await engineForJobs();
    const body = JSON.stringify({
      ...input(),
      flow: { ...input().flow, id: String(attributes["job"]).slice(0, 26) },
      jobs: { [String(attributes["job"]).slice(27)]: { job: "mail", input: zoe } },
    });
    expect(await consume(engine, mail, [{ ...run(), body, attributes }])).toEqual({ failed: [], ran: 0 });
    expect(engine.queue.sentTo("mail-dead-letters")).toHaveLength(1);
  });

  test("is kept where its letter isn't taken", async () => {
    const engine = await engineForJobs({}, { refuse: () => "full" });
    const message = { ...run(), attributes: {} };
    expect((await consume(engine, mail, [message])).failed).toEqual([message.id]);
  });
});

test.each([
  [0, 60],
  [24, 120],
  [10_000, 3600],
])(
  "an envelope from a newer deploy that is %s min old is hidden for %s s, jittered, spends nothing, is never set aside",
  async (minutes, seconds) => {
    const newer = [
      { ...run(), attributes: { errand: "run/2" }, sentAt: start - minutes * 60_000 },
      run(runAddress, JSON.stringify({ ...input(), version: 2 }), { sentAt: start - minutes * 60_000 }),
    ];
    for (const message of newer) {
      for (const [drawn, factor] of [
        [0, 0.5],
        [0x80, 0.75],
      ] as const) {
        const engine = await engineForJobs();
        engine.entropy.bytes = (count) => new Uint8Array(count).fill(drawn, 0, 1);
        expect(await consume(engine, pdf, [message])).toEqual({ failed: [message.id], ran: 0 });
        expect(engine.queue.hidden).toEqual([["pdf", message.id, factor * seconds]]);
        expect(engine.queue.calls).toEqual([]);
        expect(await engine.recorded()).toEqual(flowRecord());
      }
    }
  },
);

describe("a message of another run than the ledger's", () => {
  test("is done with: nothing is run, written or set aside", async () => {
    const engine = await engineForJobs({ mail: { run: 1 } });
    expect(await consume(engine, mail, [run()])).toEqual({ failed: [], ran: 0 });
    expect(engine.queue.calls).toEqual([]);
  });
});

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
      expect(await consume(engine, mail, [run(late)])).toEqual({ failed: [], ran: 0 });
      expect(engine.queue.sentTo("mail-dead-letters")).toHaveLength(letters);
      expect(await engine.job("mail")).toMatchObject(job);
    }
  });

  test.each([
    [1, 900],
    [graceMilliseconds, 1],
  ])("of an open job is kept until the grace is over, %s ms after it", async (ago, seconds) => {
    const engine = await overdue({}, ago);
    const message = run(late);
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
      const message = run(late);
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
    await consume(engine, mail, [run(late)]);
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
    const message = run(late);
    expect(await consume(engine, mail, [message])).toEqual({ failed: [message.id], ran: 0 });
    expect(engine.queue.hidden).toEqual([["mail", message.id, 7]]);
    expect(await engine.job("mail")).toMatchObject(alive);
    expect(engine.events.map(({ event }) => event)).not.toContain("flow.overdue");
  });

  test("is run where a redrive of another job has given its flow a new one", async () => {
    const engine = await engineForJobs();
    expect(await consume(engine, mail, [run(late)])).toEqual({ failed: [], ran: 1 });
    expect(await engine.job("mail")).toMatchObject({ status: "succeeded" });
  });

  test("of a flow that is gone is set aside with its bytes, as nobody's", async () => {
    const engine = await engineForJobs();
    const gone = run({ ...late, flow: otherFlowId });
    expect(await consume(engine, mail, [gone])).toEqual({ failed: [], ran: 0 });
    expect(engine.queue.sentTo("mail-dead-letters")).toEqual([
      { body: gone.body, attributes: { error: "job: one that the ledger has, got another" } },
    ]);
  });
});

describe("C3: a payload that can never be read fails the job for good, unrun", () => {
  const pointer = formatPointer({ bucket: "payloads", key: `flows/${flowId}/hash` });
  test.each<[string, string, string]>([
    ["a body that is no JSON", "hello", "body: JSON, got something else"],
    [
      "the envelope of another flow",
      JSON.stringify({ ...input(), flow: { ...input().flow, id: "other" } }),
      "envelope: the job of the message, got another",
    ],
    [
      "an envelope without the job",
      JSON.stringify(envelopeWith({})),
      "envelope: the job of the message, got another",
    ],
    [
      "an envelope of another kind of job",
      JSON.stringify({ ...input(), jobs: { mail: { job: "pdf", input: zoe } } }),
      "envelope: a job mail, got pdf",
    ],
    ["a pointer to nothing", pointer, "payload: an object in the bucket, got nothing (was it deleted?)"],
    [
      "a pointer to another bucket",
      formatPointer({ bucket: "theirs", key: "flows/x" }),
      "payload: in our bucket payloads, got another bucket",
    ],
  ])("%s", async (_, body, error) => {
    const engine = await engineForJobs();
    const message = run(runAddress, body, { attributes: { ExtendedPayloadSize: 7 } });
    expect(await consume(engine, mail, [message])).toEqual({ failed: [], ran: 0 });
    expect(await engine.job("mail")).toMatchObject({ status: "failed", error, left: 1 });
    const [letter] = engine.queue.sentTo("mail-dead-letters");
    expect(letter).toMatchObject({ body, attributes: { error, errand: "run/1", ExtendedPayloadSize: 7 } });
  });

  test("also where a worker died in the job and its lease is over: no message goes round for ever", async () => {
    const dead = { status: "running", owner: "dead", leaseEnd: start - 1 } as const;
    const engine = await engineForJobs({ mail: dead });
    const result = await consume(engine, mail, [run(runAddress, "hello", { receiveCount: 2 })]);
    expect(result).toEqual({ failed: [], ran: 0 });
    expect(await engine.job("mail")).toMatchObject({ status: "failed" });
  });

  test("but a store out of reach costs nothing: the message comes again", async () => {
    const engine = await engineForJobs();
    engine.store.get = () => Promise.reject(new Error("unreachable"));
    const message = run(runAddress, pointer, { attributes: { ExtendedPayloadSize: 7 } });
    expect(await consume(engine, mail, [message])).toEqual({ failed: [message.id], ran: 0 });
    expect(engine.queue.hidden[0]?.[2]).toBeGreaterThan(0);
    expect(await engine.recorded()).toEqual(flowRecord());
  });
});
