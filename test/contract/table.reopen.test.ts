import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { leased, reopened, settled } from "../../shared/ledger/job-writes.ts";
import { createLedger } from "../../shared/ledger/ledger.ts";
import { day, flowId, flowRecord, start } from "../support/builders.ts";
import { createManualClock } from "../support/clock-manual.ts";
import { type TableAdapter, tableAdapters } from "../support/table-adapters.ts";
import { expectChanged, expectRefused, tableWith } from "../support/table-expectations.ts";

const now = start + 12 * day;
const mail = { flow: flowId, key: "mail", run: 2 };
const ended = {
  run: 2,
  attempts: 5,
  by: "nonce",
  left: 0,
  leftEpoch: 4,
  startedAt: start,
  finishedAt: start + 9,
};
const failed = { ...ended, status: "failed", error: "no", resent: true } as const;
const pdf = { status: "succeeded", run: 0, attempts: 1, by: "other", left: 1, leftEpoch: 3 } as const;

describe.each(tableAdapters)("a reopening in the %s table", (_, startAdapter) => {
  let adapter: TableAdapter;
  beforeAll(async () => {
    adapter = await startAdapter();
  });
  afterAll(() => adapter.stop());

  test("queues a failed job in its next run, due now, and gives its flow a new epoch and all its time", async () => {
    await expectChanged(adapter, {
      before: flowRecord({ mail: failed, pdf }, { epoch: 4 }),
      update: reopened(mail, now),
      after: flowRecord(
        { mail: { run: 3, due: now }, pdf },
        { epoch: 5, deadline: now + 11 * day, expires: (now + 40 * day) / 1000 },
      ),
    });
  });

  test.each([
    ["of no flow", undefined],
    ["of an expired flow", flowRecord({ mail: failed }, { expires: now / 1000 })],
    ["of a job that the flow hasn't", flowRecord({ pdf })],
    ["of an earlier run", flowRecord({ mail: { ...failed, run: 1 } })],
    ["of a later run", flowRecord({ mail: { ...failed, run: 3 } })],
    ["of a job that succeeded", flowRecord({ mail: { ...ended, status: "succeeded" } })],
    ["of a job that waits", flowRecord({ mail: { run: 2, status: "retrying", due: 1 } })],
    ["of a job that runs", flowRecord({ mail: { run: 2, status: "running", owner: "he", leaseEnd: 1 } })],
  ] as const)("is refused %s", async (_, before) => {
    await expectRefused(adapter, { before, update: reopened(mail, now) });
  });

  test.each([
    ["a lease", (run: number) => leased({ ...mail, run }, { owner: "me", from: now, to: now + 1 })],
    [
      "a settle",
      (run: number) =>
        settled({ ...mail, run }, { as: "unleased" }, { status: "succeeded", countAttempt: true }, "by", now),
    ],
  ] as const)("leaves the run before it no write: %s by a message of that is refused", async (_, write) => {
    const table = await tableWith(adapter, flowRecord({ mail: failed, pdf }));
    await table.update(reopened(mail, now));
    expect(await table.update(write(2))).toMatchObject({ applied: false });
    expect(await table.update(write(3))).toMatchObject({ applied: true });
  });

  test("is known again by who repeats it, as long as nobody has begun with the run", async () => {
    const table = await tableWith(adapter, flowRecord({ mail: failed, pdf }));
    const ledger = createLedger({ table, clock: createManualClock(now) });
    const first = await ledger.reopen(mail);
    expect(first?.jobs["mail"]).toEqual({ status: "queued", run: 3, attempts: 0, due: now });
    expect(await ledger.reopen(mail)).toEqual(first);
    await ledger.lease({ ...mail, run: 3 }, { owner: "me", from: now, to: now + 1 });
    expect(await ledger.reopen(mail)).toBeUndefined();
  });
});
