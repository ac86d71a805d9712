import { afterAll, beforeAll, describe, test } from "@jest/globals";
import type { JobRecord } from "../../shared/flow/flow-record.ts";
import { type Settlement, type Settler, settled } from "../../shared/ledger/job-writes.ts";
import { type Changes, flowId, flowRecord, start } from "../support/builders.ts";
import { type TableAdapter, tableAdapters } from "../support/table-adapters.ts";
import { expectChanged, expectRefused } from "../support/table-expectations.ts";

const now = start + 60_000;
const mail = { flow: flowId, key: "mail", run: 0 };
const owner: Settler = { as: "owner", owner: "me" };
const unleased: Settler = { as: "unleased" };
const heir: Settler = { as: "heir", deadOwner: "dead" };
const check: Settler = { as: "check" };
const succeeded: Settlement = { status: "succeeded", countAttempt: true };
const failed: Settlement = { status: "failed", countAttempt: true, error: "no" };
const retrying: Settlement = { status: "retrying", countAttempt: true, due: now + 5000, error: "busy" };
const held: Settlement = { status: "held", countAttempt: false, due: now + 5000 };
const mine = { status: "running", owner: "me", leaseEnd: now + 1 } as const;
const dead = { status: "running", owner: "dead", leaseEnd: now - 1 } as const;

type Job = Changes<JobRecord>;

describe.each(tableAdapters)("a settle in the %s table", (_, startAdapter) => {
  let adapter: TableAdapter;
  beforeAll(async () => {
    adapter = await startAdapter();
  });
  afterAll(() => adapter.stop());

  test.each<[string, Job, Settler, Settlement]>([
    ["a success by the owner", mine, owner, succeeded],
    [
      "a success by the owner whose lease is over, as long as nobody took it",
      { ...mine, leaseEnd: 1 },
      owner,
      succeeded,
    ],
    ["a success by an owner whose job went back to queued", { status: "queued" }, owner, succeeded],
    ["a success by an owner whose job went back to retrying", { status: "retrying" }, owner, succeeded],
    ["a success by an owner whose job went back to held", { status: "held" }, owner, succeeded],
    ["a failure by the owner", mine, owner, failed],
    ["a retry by the owner", mine, owner, retrying],
    ["a hold by the owner", mine, owner, held],
    ["a success without a lease, from queued", {}, unleased, succeeded],
    ["a success without a lease, from retrying", { status: "retrying", due: now + 1 }, unleased, succeeded],
    ["a success without a lease, from held", { status: "held", due: now + 1 }, unleased, succeeded],
    ["a failure without a lease, from retrying", { status: "retrying", due: 1 }, unleased, failed],
    ["a retry without a lease, from queued", {}, unleased, retrying],
    ["a hold without a lease, from queued", {}, unleased, held],
    ["a hold without a lease, from retrying and due", { status: "retrying", due: now }, unleased, held],
    ["a hold without a lease, from held and due", { status: "held", due: now }, unleased, held],
    ["a failure by the heir of a dead owner", dead, heir, failed],
    ["a close of a queued job", {}, check, failed],
    ["a close of a retrying job", { status: "retrying", due: now + 1 }, check, failed],
    ["a close of a held job", { status: "held", due: now + 1 }, check, failed],
    ["a close of a running job whose lease is over", dead, check, failed],
  ])("is applied: %s", async (_, job, settler, settlement) => {
    const flow = { epoch: 2, expires: now / 1000 + 1 };
    await expectChanged(adapter, {
      before: flowRecord({ mail: { ...job, attempts: 1 }, pdf: {}, profile: {} }, flow),
      update: settled(mail, settler, settlement, "nonce", now),
      after: flowRecord({ mail: settledJob(job, settlement), pdf: {}, profile: {} }, flow),
    });
  });

  test.each<[string, Job, Settler, Settlement]>([
    ["a success by another owner", { ...mine, owner: "other" }, owner, succeeded],
    ["a failure by an owner whose job went back to waiting", { status: "retrying" }, owner, failed],
    ["a retry by an owner whose job went back to waiting", { status: "queued" }, owner, retrying],
    ["a failure by another owner", { ...mine, owner: "other" }, owner, failed],
    ["a success of a job that succeeded", { status: "succeeded" }, owner, succeeded],
    ["a success of a job that failed", { status: "failed" }, owner, succeeded],
    ["a success of another run", { ...mine, run: 1 }, owner, succeeded],
    ["a success without a lease of a job that is owned", mine, unleased, succeeded],
    ["a success without a lease of a job whose lease is over", dead, unleased, succeeded],
    ["a failure without a lease of a job that is owned", mine, unleased, failed],
    ["a success without a lease of a job that ended", { status: "failed" }, unleased, succeeded],
    ["a retry without a lease of a job that waits to be retried", { status: "retrying" }, unleased, retrying],
    ["a retry without a lease of a job that is held", { status: "held" }, unleased, retrying],
    ["a hold without a lease of a job that isn't due", { status: "retrying", due: now + 1 }, unleased, held],
    ["a hold without a lease of a job that is held", { status: "held", due: now + 1 }, unleased, held],
    ["a hold without a lease of a job whose lease is over", dead, unleased, held],
    ["a hold without a lease of a job that ended", { status: "failed" }, unleased, held],
    ["a retry without a lease of a queued job that has an owner", { owner: "other" }, unleased, retrying],
    ["a failure without a lease of another run", { run: 1 }, unleased, failed],
    ["a failure by the heir of somebody else", { ...dead, owner: "other" }, heir, failed],
    [
      "a failure by an heir in the millisecond in which the lease ends",
      { ...dead, leaseEnd: now },
      heir,
      failed,
    ],
    ["a failure by the heir of a job that waits", { ...dead, status: "retrying" }, heir, failed],
    ["a failure by the heir of another run", { ...dead, run: 1 }, heir, failed],
    [
      "a close of a running job in the millisecond in which its lease ends",
      { ...dead, leaseEnd: now },
      check,
      failed,
    ],
    ["a close of a running job without a lease's end", { status: "running", owner: "me" }, check, failed],
    ["a close of a job that succeeded", { status: "succeeded" }, check, failed],
    ["a close of a job that failed", { status: "failed", leaseEnd: 1 }, check, failed],
    ["a close of another run", { run: 1 }, check, failed],
  ])("is refused: %s", async (_, job, settler, settlement) => {
    await expectRefused(adapter, {
      before: flowRecord({ mail: job, pdf: {} }),
      update: settled(mail, settler, settlement, "nonce", now),
    });
  });

  test.each([
    ["of no flow", undefined],
    ["of an expired flow", flowRecord({ mail: mine }, { expires: now / 1000 })],
    ["of a job that the flow hasn't", flowRecord({ pdf: mine })],
  ])("is refused %s", async (_, before) => {
    await expectRefused(adapter, { before, update: settled(mail, owner, succeeded, "nonce", now) });
  });

  test("writes what it is given, and clears the error and the due time of earlier attempts", async () => {
    const settlement = { ...succeeded, startedAt: now - 7, result: `{"file":"receipt.pdf"}` };
    const waiting = { status: "retrying", due: now + 1, error: "busy" } as const;
    await expectChanged(adapter, {
      before: flowRecord({ mail: { ...waiting, attempts: 1 } }),
      update: settled(mail, unleased, settlement, "nonce", now),
      after: flowRecord({
        mail: {
          ...settledJob({}, settlement),
          left: 0,
          leftEpoch: 0,
          startedAt: now - 7,
          result: settlement.result,
        },
      }),
    });
  });
});

/** The job after that settlement, in epoch 2 with two other jobs open. */
function settledJob(job: Job, { status, countAttempt, due, error }: Settlement): Job {
  const final = status === "succeeded" || status === "failed";
  return {
    ...job,
    status,
    by: "nonce",
    attempts: countAttempt ? 2 : 1,
    owner: undefined,
    leaseEnd: undefined,
    due,
    error,
    ...(final ? { left: 2, leftEpoch: 2, finishedAt: now } : {}),
  };
}
