import { describe, expect, test } from "@jest/globals";
import type { JobDefinition } from "../../shared/catalog/job.ts";
import { createConsumer } from "../../shared/consumer/consumer.ts";
import { received, runAddress, start } from "../support/builders.ts";
import { consume, engineForJobs } from "../support/consuming.ts";
import { again, both, first, mail, messageOf, minute, pdf } from "../support/outage.ts";

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
    let ran = 0;
    const handler = async () => void ran++;
    const consumer = createConsumer({
      ...engine.ports,
      job: mail as JobDefinition,
      handler,
      onStuck: () => {},
    });
    const work = (key: string) => consumer.process([messageOf(key)], () => 900_000);
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
