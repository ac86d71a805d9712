import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import type { Table } from "../../shared/ledger/table.ts";
import { createRateLimit, type Rate, type RateLimit } from "../../shared/rate/rate-limit.ts";
import { start } from "../support/builders.ts";
import { createManualClock, type ManualClock } from "../support/clock-manual.ts";
import { otherTableAdapters, type TableAdapter } from "../support/table-adapters.ts";

describe.each(otherTableAdapters<Rate>())("a rate of ten a second in %s", (_, startPlace) => {
  let place: TableAdapter<Rate>;
  let clock: ManualClock;
  let writes: number;
  let worker: () => RateLimit;

  beforeAll(async () => {
    place = await startPlace();
  });
  afterAll(() => place.stop());
  beforeEach(async () => {
    clock = createManualClock(start);
    writes = 0;
    const table = await place.create();
    const counted: Table<Rate> = {
      ...table,
      update: (update) => table.update(update).finally(() => writes++),
    };
    let workers = 0;
    worker = () =>
      createRateLimit({
        ...{ name: "mail", perSecond: 10, patienceSeconds: 1 },
        ...{ table: counted, clock, entropy: createSeededEntropy(workers++) },
      });
  });

  test("gives the first turn at once, and one again when it is over, with a write each", async () => {
    const limit = worker();
    expect(await limit.turn()).toBe(0);
    await clock.pass(100);
    expect(await limit.turn()).toBe(0);
    expect(writes).toBe(2);
  });

  test("gives turns one behind the other, with a write each", async () => {
    const limit = worker();
    const turns = [await limit.turn(), await limit.turn(), await limit.turn()];
    expect(turns).toEqual([0, 100, 200]);
    expect(writes).toBe(3);
  });

  test("lets nobody save turns up: after a pause they are as far apart as ever", async () => {
    const limit = worker();
    await limit.turn();
    await clock.pass(60_000);
    expect([await limit.turn(), await limit.turn()]).toEqual([0, 100]);
  });

  test("is shared: no turn is given twice, whoever asks when", async () => {
    const workers = Array.from({ length: 5 }, worker);
    const turns = await Promise.all([...workers, ...workers].map((limit) => limit.turn()));
    expect(turns.toSorted((a, b) => a - b)).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
  });

  test("gives none that is too far off, says when to come back, and doesn't ask the ledger again to say so", async () => {
    const limit = worker();
    for (let turns = 0; turns <= 10; turns++) await limit.turn();
    const before = writes;
    const refusal = await limit.turn().catch((error: unknown) => error);
    expect(refusal).toMatchObject({ name: "RetryAfterError", message: "No turn at mail within 1 s" });
    expect(Reflect.get(Object(refusal), "seconds")).toBeGreaterThanOrEqual(1);
    expect(Reflect.get(Object(refusal), "seconds")).toBeLessThan(5);
    expect(writes).toBe(before);
    await clock.pass(100);
    expect(await limit.turn()).toBe(1000);
  });

  test("learns from a refusal what others have taken", async () => {
    const [first, second] = [worker(), worker()];
    for (let turns = 0; turns <= 10; turns++) await first.turn();
    await expect(second.turn()).rejects.toMatchObject({ name: "RetryAfterError" });
    await clock.pass(1100);
    expect(await second.turn()).toBe(0);
    expect(await first.turn()).toBe(100);
  });
});

// Ten workers that send as fast as they may for ten minutes: how SES would count them.
test.each([0.5, 1, 14, 100])(
  "workers under a load without end send %s a second, and never more",
  async (perSecond) => {
    const clock = createManualClock(start);
    const table = createMemoryTable<Rate>();
    const sent: number[] = [];
    const work = async (limit: RateLimit): Promise<void> => {
      const wait = await limit.turn().then(
        (milliseconds) => {
          sent.push(clock.now() + milliseconds);
          return milliseconds;
        },
        ({ seconds }: { readonly seconds: number }) => seconds * 1000,
      );
      clock.after(wait + 50, () => void work(limit));
    };
    for (let seed = 0; seed < 10; seed++) {
      void work(
        createRateLimit({ name: "mail", perSecond, table, clock, entropy: createSeededEntropy(seed) }),
      );
    }
    const seconds = 600;
    await clock.pass(seconds * 1000);
    const times = sent.filter((at) => at < start + seconds * 1000).toSorted((a, b) => a - b);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000 / perSecond);
    expect(times.length / seconds).toBeGreaterThan(perSecond * 0.95);
  },
);
