import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Table } from "../../shared/ledger/table.ts";
import { createDailyLimit, type DailyLimit, type DailyUse } from "../../shared/rate/daily-limit.ts";
import { start } from "../support/builders.ts";
import { createManualClock, type ManualClock } from "../support/clock-manual.ts";
import { otherTableAdapters, type TableAdapter } from "../support/table-adapters.ts";

const daySeconds = 86_400;

describe.each(otherTableAdapters<DailyUse>())("a daily limit in %s", (_, startPlace) => {
  let place: TableAdapter<DailyUse>;
  let table: Table<DailyUse>;
  let clock: ManualClock;
  let limit: DailyLimit;

  beforeAll(async () => {
    place = await startPlace();
  });
  afterAll(() => place.stop());
  beforeEach(async () => {
    clock = createManualClock(start);
    table = await place.create();
    limit = createDailyLimit({ name: "mail", table, clock });
  });
  const stored = async (key: string) =>
    (await table.get([`daily-limit/mail/${key}`])).get(`daily-limit/mail/${key}`);

  test("gives a key to one job, and refuses all others", async () => {
    expect(await limit.take("zoe", "a")).toBe(true);
    expect([await limit.take("zoe", "b"), await limit.take("zoe", "c")]).toEqual([false, false]);
    expect(await limit.take("ada", "b")).toBe(true);
  });

  test("gives it to the same job as often as it asks", async () => {
    for (let attempt = 0; attempt < 5; attempt++) {
      expect(await limit.take("zoe", "a")).toBe(true);
      await clock.pass(3_600_000);
    }
    expect(await limit.take("zoe", "b")).toBe(false);
  });

  test("gives it to one of fifty that ask at once", async () => {
    const jobs = Array.from({ length: 50 }, (_, index) => `job-${index}`);
    const answers = await Promise.all(jobs.map((job) => limit.take("zoe", job)));
    expect(answers.filter(Boolean)).toEqual([true]);
    expect((await stored("zoe"))?.job).toBe(jobs[answers.indexOf(true)]);
  });

  test("gives it to another when the day is over, and not a second earlier", async () => {
    await limit.take("zoe", "a");
    await clock.pass((daySeconds - 1) * 1000);
    expect(await limit.take("zoe", "b")).toBe(false);
    await clock.pass(1000);
    expect(await limit.take("zoe", "b")).toBe(true);
    expect(await limit.take("zoe", "a")).toBe(false);
  });

  test("begins the day anew for the job that has it: it may do its work only now", async () => {
    await limit.take("zoe", "a");
    await clock.pass(20 * 3_600_000);
    await limit.take("zoe", "a");
    await clock.pass(20 * 3_600_000);
    expect(await limit.take("zoe", "b")).toBe(false);
  });

  test("isn't changed by who is refused: asking keeps a key from nobody", async () => {
    await limit.take("zoe", "a");
    const before = await stored("zoe");
    for (let hour = 0; hour < 23; hour++) {
      await clock.pass(3_600_000);
      await limit.take("zoe", "b");
    }
    expect(await stored("zoe")).toEqual(before);
  });

  test("keeps who has it, and until when, as the table's TTL wants it", async () => {
    await limit.take("zoe", "a");
    expect(await stored("zoe")).toEqual({
      id: "daily-limit/mail/zoe",
      job: "a",
      expires: start / 1000 + daySeconds,
    });
  });
});
