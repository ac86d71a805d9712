import { describe, expect, test } from "@jest/globals";
import type { Breakers } from "../../shared/breaker/breakers.ts";
import { defineJob, type JobDefinition } from "../../shared/catalog/job.ts";
import {
  NoTurnError,
  NotDoneError,
  OutageError,
  PermanentError,
  RetryAfterError,
  UnknownOutcomeError,
} from "../../shared/catalog/job-errors.ts";
import { formatPointer } from "../../shared/claim-check/pointer.ts";
import { createConsumer } from "../../shared/consumer/consumer.ts";
import type { JobRecord } from "../../shared/flow/flow-record.ts";
import { type Changes, envelopeWith, flowId, received, runAddress, start } from "../support/builders.ts";
import { consume, engineForJobs } from "../support/consuming.ts";
import { type Engine, person, zoe } from "../support/engine.ts";

/** A job whose mail server may be down. */
const mail = defineJob({ name: "mail", input: person, effect: { once: "resend" }, uses: ["smtp"] });
const pdf = defineJob({ name: "pdf", input: person, uses: ["smtp"] });
const both = envelopeWith({ mail: zoe, pdf: zoe });
const first = () => received(runAddress, both);
const again = () => received(runAddress, both, { receiveCount: 2 });
const down = async () => {
  throw new OutageError("no connection (ECONNREFUSED)", "smtp");
};
const minute = 60_000;

/** An engine whose breaker has been open since the start, and probed then. */
async function outage(jobs: Readonly<Record<string, Changes<JobRecord>>> = {}): Promise<Engine> {
  const engine = await engineForJobs(jobs);
  await engine.breakers.open("smtp", "no connection");
  return engine;
}

const withBreakers = (engine: Engine, changes: Partial<Breakers>): Engine => ({
  ...engine,
  ports: { ...engine.ports, breakers: { ...engine.breakers, ...changes } },
});

const breaker = async ({ breakers }: Engine, name = "smtp") => (await breakers.read([name]))[0];

describe("a service that is down", () => {
  test.each([
    ["with a lease", mail, first()],
    ["without one", pdf, received({ ...runAddress, key: "pdf" }, both)],
  ])(
    "holds the job that finds out, %s, without an attempt, and opens the breaker",
    async (_, job, message) => {
      const engine = await engineForJobs();
      expect(await consume(engine, job, [message], { handler: down })).toEqual({
        failed: [message.id],
        ran: 1,
      });
      const record = await engine.job(job.name);
      expect(record).toMatchObject({ status: "held", attempts: 0, heldSince: start });
      expect(record).toMatchObject({ error: "smtp: no connection (ECONNREFUSED)" });
      expect(record).not.toHaveProperty("owner");
      expect(await breaker(engine)).toMatchObject({ since: start, reason: "no connection (ECONNREFUSED)" });
      const [[, , seconds = 0] = []] = engine.queue.hidden;
      expect(record?.due).toBe(start + seconds * 1000);
      expect(seconds).toBeGreaterThanOrEqual(30);
      expect(seconds).toBeLessThanOrEqual(60);
      expect(engine.queue.calls).toEqual([]);
    },
  );

  test("is tried once by a warm worker: the rest of its batch is held untried", async () => {
    const engine = await engineForJobs({ second: { job: "mail" }, third: { job: "mail" } });
    const inputs = { mail: { job: "mail", input: zoe } };
    const batch = ["mail", "second", "third"].map((key) =>
      received({ ...runAddress, key }, { ...envelopeWith(), jobs: { [key]: inputs.mail } }),
    );
    expect(await consume(engine, mail, batch, { handler: down })).toEqual({
      failed: batch.map(({ id }) => id),
      ran: 1,
    });
    for (const key of ["second", "third"]) expect(await engine.job(key)).toMatchObject({ status: "held" });
  });

  test.each([
    ["by a fresh worker", first],
    ["at a redelivery", again],
  ])("is known %s: the job is held before its payload is loaded", async (_, message) => {
    const engine = await outage();
    expect((await consume(engine, mail, [message()])).ran).toBe(0);
    expect(await engine.job("mail")).toMatchObject({ status: "held", heldSince: start, attempts: 0 });
    expect((await engine.job("mail"))?.error).toBe("smtp: no connection");
  });

  test.each([
    ["0 min", 0, 30, 60],
    ["2 h", 120, 300, 600],
    ["a day", 1440, 1800, 3600],
  ])("is waited for longer the longer it lasts: after %s", async (_, minutes, least, most) => {
    const engine = await outage();
    await engine.clock.pass(minutes * minute);
    const opened = await breaker(engine);
    if (opened) await engine.breakers.elect(opened, 0);
    await consume(engine, mail, [first()]);
    const [[, , seconds] = []] = engine.queue.hidden;
    expect(seconds).toBeGreaterThanOrEqual(least);
    expect(seconds).toBeLessThanOrEqual(most);
  });

  test("of no name that the job uses counts as the job's own", async () => {
    const engine = await engineForJobs();
    const handler = async () => {
      throw new OutageError("gone", "elsewhere");
    };
    await consume(engine, mail, [first()], { handler });
    expect(await breaker(engine, "mail")).toMatchObject({ since: start });
    expect(await breaker(engine, "elsewhere")).toBeUndefined();
  });
});

describe("one probe a minute", () => {
  test("is let through, and its success closes the breaker", async () => {
    const engine = await outage({ mail: { status: "held", due: start } });
    await engine.clock.pass(minute);
    expect(await consume(engine, mail, [again()])).toEqual({ failed: [], ran: 1 });
    expect(await engine.job("mail")).toMatchObject({ status: "succeeded", attempts: 1 });
    expect(await engine.job("mail")).not.toHaveProperty("heldSince");
    expect(await breaker(engine)).toEqual({ id: "breaker/smtp", closedAt: start + minute });
  });

  test.each([
    ["has an answer to this very job", new PermanentError("no such mailbox"), "failed"],
    ["only throttles", new RetryAfterError("slower", 30), "retrying"],
  ])("closes the breaker where the service %s", async (_, error, status) => {
    const engine = await outage();
    await engine.clock.pass(minute);
    await consume(engine, mail, [first()], { handler: async () => Promise.reject(error) });
    expect(await engine.job("mail")).toMatchObject({ status });
    expect(await breaker(engine)).not.toHaveProperty("since");
  });

  test.each([
    ["finds it down still", new OutageError("refused", "smtp")],
    ["isn't done for another reason", new NotDoneError("500")],
  ])("that %s is held without an attempt, and the outage goes on", async (_, error) => {
    const engine = await outage({ mail: { status: "held", due: start, attempts: 4 } });
    await engine.clock.pass(24 * minute);
    await consume(engine, mail, [again()], { handler: async () => Promise.reject(error) });
    const record = await engine.job("mail");
    expect(record).toMatchObject({ status: "held", attempts: 4, heldSince: start });
    expect((record?.due ?? 0) - engine.clock.now()).toBeGreaterThanOrEqual(minute);
    expect(await breaker(engine)).toMatchObject({ since: start, probedAt: start + 24 * minute });
  });

  test("that got no turn of our own limit closes nothing: nobody has asked the service", async () => {
    const engine = await outage();
    await engine.clock.pass(minute);
    await consume(engine, mail, [first()], {
      handler: async () => Promise.reject(new NoTurnError("no turn", 9)),
    });
    expect(await engine.job("mail")).toMatchObject({ status: "retrying", attempts: 0 });
    expect(await breaker(engine)).toMatchObject({ since: start });
  });

  test("that ends an outage leaves a pause that came meanwhile, and its worker knows of it", async () => {
    const engine = await outage({ second: { job: "mail" } });
    await engine.clock.pass(minute);
    const other = received(
      { ...runAddress, key: "second" },
      { ...envelopeWith(), jobs: { second: { job: "mail", input: zoe } } },
    );
    const handler = async () => {
      await engine.breakers.pause("smtp");
    };
    expect((await consume(engine, mail, [first(), other], { handler })).ran).toBe(1);
    expect(await engine.job("second")).toMatchObject({
      status: "held",
      error: "smtp: paused by an operator",
    });
  });

  test("with an unknown outcome keeps its lease and the outage", async () => {
    const engine = await outage();
    await engine.clock.pass(minute);
    const handler = async () => Promise.reject(new UnknownOutcomeError("reset"));
    await consume(engine, mail, [first()], { handler });
    expect(await engine.job("mail")).toMatchObject({ status: "running" });
    expect(await breaker(engine)).toMatchObject({ since: start });
  });

  test.each<[string, Changes<JobRecord>]>([
    ["has ended", { status: "succeeded" }],
    ["isn't due", { status: "held", due: start + 99 * minute }],
    ["another worker runs", { status: "running", owner: "other", leaseEnd: start + 99 * minute }],
    ["was redriven", { run: 1 }],
  ])("isn't spent on a copy of a job that %s", async (_, job) => {
    const engine = await outage({ mail: job });
    await engine.clock.pass(minute);
    expect((await consume(engine, mail, [again()])).ran).toBe(0);
    expect(await engine.job("mail")).toMatchObject(job);
    expect(await breaker(engine)).toMatchObject({ probedAt: start });
  });

  test.each([
    ["the schema refuses", JSON.stringify({ ...both, jobs: { mail: { job: "mail", input: {} } } })],
    ["can't ever be read", "hello"],
  ])("isn't spent on a job whose input %s: that waits, and the next one tries", async (_, body) => {
    const engine = await outage({ second: { job: "mail" } });
    await engine.clock.pass(minute);
    const unusable = received(runAddress, body);
    const other = received(
      { ...runAddress, key: "second" },
      { ...envelopeWith(), jobs: { second: { job: "mail", input: zoe } } },
    );
    const { failed, ran } = await consume(engine, mail, [unusable, other]);
    expect({ failed, ran }).toEqual({ failed: [unusable.id], ran: 1 });
    expect(await engine.job("mail")).toMatchObject({ status: "held", error: "smtp: no connection" });
    expect(await engine.job("second")).toMatchObject({ status: "succeeded" });
    expect(engine.queue.calls).toEqual([]);
  });

  test("isn't spent where the payload is out of reach: its message comes again", async () => {
    const engine = await outage();
    await engine.clock.pass(minute);
    engine.store.get = () => Promise.reject(new Error("unreachable"));
    const pointer = formatPointer({ bucket: "payloads", key: `flows/${flowId}/hash` });
    const offloaded = received(runAddress, pointer, { attributes: { ExtendedPayloadSize: 7 } });
    expect(await consume(engine, mail, [offloaded])).toEqual({ failed: [offloaded.id], ran: 0 });
    expect(await breaker(engine)).toMatchObject({ probedAt: start });
  });

  test("is one of all workers: of two at the same time one is held", async () => {
    const engine = await outage({ second: { job: "mail" } });
    await engine.clock.pass(minute);
    const other = received(
      { ...runAddress, key: "second" },
      { ...envelopeWith(), jobs: { second: { job: "mail", input: zoe } } },
    );
    const runs = await Promise.all([first(), other].map((message) => consume(engine, mail, [message])));
    expect(runs.map(({ ran }) => ran).sort()).toEqual([0, 1]);
  });
});

describe("a paused job", () => {
  test("is held and never probed, until it is resumed", async () => {
    const engine = await engineForJobs();
    await engine.breakers.pause("mail");
    await engine.clock.pass(24 * 60 * minute);
    expect((await consume(engine, mail, [first()])).ran).toBe(0);
    const record = await engine.job("mail");
    expect(record).toMatchObject({ status: "held", error: "mail: paused by an operator", heldSince: start });
    await engine.breakers.resume("mail");
    await engine.clock.pass((record?.due ?? 0) - engine.clock.now());
    expect((await consume(engine, mail, [again()])).ran).toBe(1);
    expect(await engine.job("mail")).toMatchObject({ status: "succeeded" });
  });

  test("is held by a worker that has been warm and well all the while, within a minute", async () => {
    const engine = await engineForJobs({ second: { job: "mail" }, third: { job: "mail" } });
    const of = (key: string) =>
      received({ ...runAddress, key }, { ...envelopeWith(), jobs: { [key]: { job: "mail", input: zoe } } });
    let ran = 0;
    const handler = async () => void ran++;
    const consumer = createConsumer({
      ...engine.ports,
      job: mail as JobDefinition,
      handler,
      onStuck: () => {},
    });
    const work = (key: string) => consumer.process([of(key)], () => 900_000);
    await work("mail");
    await engine.breakers.pause("mail");
    await engine.clock.pass(minute - 1);
    await work("second");
    await engine.clock.pass(1);
    await work("third");
    expect(ran).toBe(2);
    expect(await engine.job("third")).toMatchObject({ status: "held", error: "mail: paused by an operator" });
  });

  test("leaves the jobs of other definitions alone", async () => {
    const engine = await engineForJobs();
    await engine.breakers.pause("mail");
    expect((await consume(engine, pdf, [received({ ...runAddress, key: "pdf" }, both)])).ran).toBe(1);
  });
});

test("while all is well a warm worker reads no breaker, and a fresh one reads them once", async () => {
  const engine = await engineForJobs({ second: { job: "mail" } });
  let reads = 0;
  const counting = withBreakers(engine, {
    read: (names) => {
      reads++;
      return engine.breakers.read(names);
    },
  });
  const other = received(
    { ...runAddress, key: "second" },
    { ...envelopeWith(), jobs: { second: { job: "mail", input: zoe } } },
  );
  expect((await consume(counting, mail, [first(), other])).ran).toBe(2);
  expect(reads).toBe(1);
});

test("a breaker that can't be written costs the job nothing: it is held all the same", async () => {
  const engine = await engineForJobs();
  let tried = 0;
  const broken = withBreakers(engine, {
    open: async () => {
      tried++;
      throw new Error("throttled");
    },
  });
  const message = first();
  expect((await consume(broken, mail, [message], { handler: down })).failed).toEqual([message.id]);
  expect(tried).toBe(1);
  expect(await engine.job("mail")).toMatchObject({ status: "held", attempts: 0 });
});
