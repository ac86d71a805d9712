import { describe, expect, test } from "@jest/globals";
import type { JobContext } from "../../shared/catalog/handler.ts";
import {
  NoTurnError,
  NotDoneError,
  OutageError,
  PermanentError,
  RetryAfterError,
  UnknownOutcomeError,
} from "../../shared/catalog/job-errors.ts";
import { formatPointer } from "../../shared/claim-check/pointer.ts";
import type { JobRecord } from "../../shared/flow/flow-record.ts";
import { type Changes, flowId, received, runAddress, start } from "../support/builders.ts";
import { consume } from "../support/consuming.ts";
import { again, both, breaker, first, mail, messageOf, minute, outage } from "../support/outage.ts";

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

  test("is told so: a handler that has nothing to ask of the service asks for a sign of life", async () => {
    const engine = await outage({ second: { job: "mail" } });
    await engine.clock.pass(minute);
    const told: unknown[] = [];
    const handler = async (_: unknown, { key, probing }: JobContext) => void told.push([key, probing]);
    await consume(engine, mail, [first(), messageOf("second")], { handler });
    expect(told).toEqual([
      ["mail", true],
      ["second", undefined],
    ]);
  });

  test("that ends an outage leaves a pause that came meanwhile, and its worker knows of it", async () => {
    const engine = await outage({ second: { job: "mail" } });
    await engine.clock.pass(minute);
    const other = messageOf("second");
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
    const other = messageOf("second");
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
    const other = messageOf("second");
    const runs = await Promise.all([first(), other].map((message) => consume(engine, mail, [message])));
    expect(runs.map(({ ran }) => ran).sort()).toEqual([0, 1]);
  });
});
