import { describe, expect, test } from "@jest/globals";
import { formatPointer } from "../../shared/claim-check/pointer.ts";
import { encodeAddress, type RunAddress } from "../../shared/envelope/address.ts";
import {
  envelopeWith,
  flowId,
  flowRecord,
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
