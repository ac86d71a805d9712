import { describe, expect, test } from "@jest/globals";
import * as v from "valibot";
import { defineCatalog } from "../../shared/catalog/catalog.ts";
import { defineFlow } from "../../shared/catalog/flow.ts";
import { defineJob } from "../../shared/catalog/job.ts";
import { parsePointer } from "../../shared/claim-check/pointer.ts";
import { parseAddress } from "../../shared/envelope/address.ts";
import { parseEnvelope } from "../../shared/envelope/envelope.ts";
import { flowIdOfKey } from "../../shared/flow/ids.ts";
import { tokenMatches } from "../../shared/flow/token.ts";
import type { Table } from "../../shared/ledger/table.ts";
import { createProducer } from "../../shared/producer/producer.ts";
import { day, start } from "../support/builders.ts";
import { createEngine, mail, signUp, zoe } from "../support/engine.ts";

const idempotencyKey = "0123456789abcdef";

describe("a started flow", () => {
  test("is recorded with its jobs queued, and opens with its token", async () => {
    const engine = createEngine();
    const started = await createProducer(engine.ports).start(signUp, zoe, { idempotencyKey });
    const id = flowIdOfKey("sign-up", idempotencyKey);
    const queued = { status: "queued", run: 0, attempts: 0 };
    const record = await engine.recorded(id);
    expect(record).toMatchObject({
      ...{
        id,
        name: "sign-up",
        createdAt: start,
        deadline: start + 11 * day,
        epoch: 0,
        open: 2,
        tokenCount: 1,
      },
      ...{ expires: (start + 40 * day) / 1000, jobs: { mail: queued, pdf: queued } },
    });
    expect(Object.keys(record?.jobs["mail"] ?? {})).toEqual(["status", "run", "attempts"]);
    expect(started).toMatchObject({ replayed: false, flow: { id, name: "sign-up", status: "running" } });
    expect(started.flow.jobs.map(({ id: job }) => job)).toEqual([`${id}.mail`, `${id}.pdf`]);
    expect(tokenMatches(started.token, record?.tokens ?? [])).toBe(true);
    expect(JSON.stringify(record)).not.toContain(started.token);
    expect(JSON.stringify(record)).not.toContain("zoe@example.com");
    expect(engine.names()).toEqual(["flow.accepted"]);
  });

  test("is one message on the dispatch queue, with the whole envelope", async () => {
    const engine = createEngine();
    const { flow } = await createProducer(engine.ports).start(signUp, zoe);
    expect(engine.queue.calls).toEqual([{ queue: "dispatch", messages: 1 }]);
    const [message = { body: "", attributes: {} }] = engine.queue.sentTo("dispatch");
    expect(parseAddress(message.attributes)).toMatchObject({
      kind: "start",
      flow: flow.id,
      again: false,
      deadline: start + 11 * day,
    });
    expect(parseEnvelope(message.body)).toEqual({
      version: 1,
      flow: { id: flow.id, name: "sign-up", createdAt: start },
      jobs: { mail: { job: "mail", input: zoe }, pdf: { job: "pdf", input: zoe } },
    });
  });

  test("has an id of its own where no key is given", async () => {
    const producer = createProducer(createEngine().ports);
    const ids = [await producer.start(signUp, zoe), await producer.start(signUp, zoe)].map(
      ({ flow }) => flow.id,
    );
    expect(new Set(ids).size).toBe(2);
  });

  test("is offloaded before it is recorded, and recorded before it is sent", async () => {
    const steps: string[] = [];
    const noted = (table: Table): Table => ({
      ...table,
      put: (...args) => {
        steps.push("record");
        return table.put(...args);
      },
    });
    const refuse = () => {
      steps.push("send");
      return undefined;
    };
    const engine = createEngine({ around: noted, refuse, thresholdBytes: 100 });
    const { put } = engine.store;
    engine.store.put = async (...args) => {
      steps.push("offload");
      return put(...args);
    };
    const { flow } = await createProducer(engine.ports).start(signUp, zoe);
    expect(steps).toEqual(["offload", "record", "send"]);
    const [message] = engine.queue.sentTo("dispatch");
    const pointer = parsePointer(message?.body ?? "");
    expect(pointer?.key).toMatch(new RegExp(`^flows/${flow.id}/[0-9a-f]{64}$`));
    const stored = Buffer.from((await engine.store.get(pointer?.key ?? "", 10_000)) ?? []);
    expect(message?.attributes["ExtendedPayloadSize"]).toBe(stored.length);
    expect(Object.keys(parseEnvelope(stored.toString()).jobs)).toEqual(["mail", "pdf"]);
  });
});

test("a job that is pushed is a flow of one, of its name", async () => {
  const engine = createEngine();
  const { flow } = await createProducer(engine.ports).push(mail, zoe, { idempotencyKey });
  expect(flow).toMatchObject({
    id: flowIdOfKey("mail", idempotencyKey),
    name: "mail",
    jobs: [{ job: "mail", status: "queued" }],
  });
  const [message] = engine.queue.sentTo("dispatch");
  expect(parseEnvelope(message?.body ?? "").jobs).toEqual({ mail: { job: "mail", input: zoe } });
});

/** An engine whose catalog has that job in a flow of its own. */
function engineWith<Schema extends v.GenericSchema>(
  input: Schema,
  planned: Parameters<typeof defineFlow<Schema>>[0]["plan"],
  jobs: Parameters<typeof defineCatalog>[0]["jobs"],
) {
  const flow = defineFlow({ name: "own", input, plan: planned });
  const engine = createEngine();
  const producer = createProducer({ ...engine.ports, catalog: defineCatalog({ flows: [flow], jobs }) });
  const sent = () => parseEnvelope(engine.queue.sentTo("dispatch").at(-1)?.body ?? "").jobs;
  return { flow, engine, producer, sent };
}

test("inputs travel as JSON: a date as its text, nothing of what is undefined", async () => {
  const job = defineJob({
    name: "remind",
    input: v.object({ at: v.string(), note: v.optional(v.string()) }),
  });
  const input = v.object({
    at: v.pipe(
      v.string(),
      v.transform((text) => new Date(text)),
    ),
  });
  const { flow, producer, sent } = engineWith(
    input,
    ({ at }) => [{ key: "remind", job, input: { at, note: undefined } }],
    [job],
  );
  await producer.start(flow, { at: "2026-02-03T04:05:06.000Z" });
  expect(sent()).toEqual({ remind: { job: "remind", input: { at: "2026-02-03T04:05:06.000Z" } } });
});

test("two jobs of one kind stand under keys of their own", async () => {
  const { flow, producer, engine, sent } = engineWith(
    v.object({}),
    () => [mail.with(zoe), mail.with(zoe, { key: "copy" })],
    [mail],
  );
  const { flow: view } = await producer.start(flow, {});
  expect(sent()).toEqual({ mail: { job: "mail", input: zoe }, copy: { job: "mail", input: zoe } });
  expect((await engine.job("copy", view.id))?.job).toBe("mail");
  expect(view.jobs.map(({ job }) => job)).toEqual(["mail", "mail"]);
});

test("a flow and a job that take no input can be started", async () => {
  const tidy = defineJob({ name: "tidy", input: v.nullish(v.object({})) });
  const { flow, producer, sent } = engineWith(v.optional(v.object({})), () => [tidy.with(undefined)], [tidy]);
  await producer.start(flow, undefined);
  await producer.push(tidy, undefined);
  expect(sent()).toEqual({ tidy: { job: "tidy", input: null } });
});
