import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Table } from "../../shared/ledger/table.ts";
import { createRation, type Ration, type Share } from "../../shared/rate/ration.ts";
import { start } from "../support/builders.ts";
import { createManualClock, type ManualClock } from "../support/clock-manual.ts";
import { otherTableAdapters, type TableAdapter } from "../support/table-adapters.ts";

const periodSeconds = 86_400;

describe.each(otherTableAdapters<Share>())("a ration of one a day in %s", (_, startPlace) => {
  let place: TableAdapter<Share>;
  let table: Table<Share>;
  let clock: ManualClock;
  let ration: Ration;

  beforeAll(async () => {
    place = await startPlace();
  });
  afterAll(() => place.stop());
  beforeEach(async () => {
    clock = createManualClock(start);
    table = await place.create();
    ration = createRation({ name: "mail", periodSeconds, table, clock });
  });
  const stored = async (key: string) => (await table.get([`ration/mail/${key}`])).get(`ration/mail/${key}`);

  test("gives a key's share to one job, and refuses all others", async () => {
    expect(await ration.take("zoe", "a")).toBe(true);
    expect([await ration.take("zoe", "b"), await ration.take("zoe", "c")]).toEqual([false, false]);
    expect(await ration.take("ada", "b")).toBe(true);
  });

  test("gives it to the same job as often as it asks", async () => {
    for (let attempt = 0; attempt < 5; attempt++) {
      expect(await ration.take("zoe", "a")).toBe(true);
      await clock.pass(3_600_000);
    }
    expect(await ration.take("zoe", "b")).toBe(false);
  });

  test("gives it to one of fifty that ask at once", async () => {
    const jobs = Array.from({ length: 50 }, (_, index) => `job-${index}`);
    const answers = await Promise.all(jobs.map((job) => ration.take("zoe", job)));
    expect(answers.filter(Boolean)).toEqual([true]);
    expect((await stored("zoe"))?.job).toBe(jobs[answers.indexOf(true)]);
  });

  test("gives it to another when the period is over, and not a second earlier", async () => {
    await ration.take("zoe", "a");
    await clock.pass((periodSeconds - 1) * 1000);
    expect(await ration.take("zoe", "b")).toBe(false);
    await clock.pass(1000);
    expect(await ration.take("zoe", "b")).toBe(true);
    expect(await ration.take("zoe", "a")).toBe(false);
  });

  test("begins the period anew for the job that has it: it may do its work only now", async () => {
    await ration.take("zoe", "a");
    await clock.pass(20 * 3_600_000);
    await ration.take("zoe", "a");
    await clock.pass(20 * 3_600_000);
    expect(await ration.take("zoe", "b")).toBe(false);
  });

  test("isn't changed by who is refused: asking keeps a key from nobody", async () => {
    await ration.take("zoe", "a");
    const before = await stored("zoe");
    for (let hour = 0; hour < 23; hour++) {
      await clock.pass(3_600_000);
      await ration.take("zoe", "b");
    }
    expect(await stored("zoe")).toEqual(before);
  });

  test("keeps who has it, and until when, as the table's TTL wants it", async () => {
    await ration.take("zoe", "a");
    expect(await stored("zoe")).toEqual({
      id: "ration/mail/zoe",
      job: "a",
      expires: start / 1000 + periodSeconds,
    });
  });
});
