import { describe, expect, test } from "@jest/globals";
import { OutageError } from "../../shared/catalog/job-errors.ts";
import { received, runAddress, start } from "../support/builders.ts";
import { consume, engineForJobs } from "../support/consuming.ts";
import {
  again,
  both,
  breaker,
  down,
  first,
  mail,
  messageOf,
  minute,
  outage,
  pdf,
  withBreakers,
} from "../support/outage.ts";

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
    const batch = ["mail", "second", "third"].map(messageOf);
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

test("while all is well a warm worker reads no breaker, and a fresh one reads them once", async () => {
  const engine = await engineForJobs({ second: { job: "mail" } });
  let reads = 0;
  const counting = withBreakers(engine, {
    read: (names) => {
      reads++;
      return engine.breakers.read(names);
    },
  });
  const other = messageOf("second");
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
