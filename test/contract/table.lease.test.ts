import { afterAll, beforeAll, describe, test } from "@jest/globals";
import { leased, takenOver } from "../../shared/ledger/job-writes.ts";
import { flowId, flowRecord, start } from "../support/builders.ts";
import { type TableAdapter, tableAdapters } from "../support/table-adapters.ts";
import { expectChanged, expectRefused } from "../support/table-expectations.ts";

const second = 1000;
const now = start + 60 * second;
const mail = { flow: flowId, key: "mail", run: 0 };
const terms = { owner: "me", from: now, to: now + 130 * second };
const expiredNow = { expires: now / second };
const expiresLater = { expires: now / second + 1 };
const lease = { status: "running", owner: "me", leaseEnd: terms.to, startedAt: now } as const;

describe.each(tableAdapters)("a lease in the %s table", (_, startAdapter) => {
  let adapter: TableAdapter;
  beforeAll(async () => {
    adapter = await startAdapter();
  });
  afterAll(() => adapter.stop());

  test.each([
    ["a queued job", {}, lease],
    [
      "a retrying job that is due now",
      { status: "retrying", due: now, attempts: 2, error: "busy" },
      { ...lease, attempts: 2, error: "busy" },
    ],
    ["a held job that was due before", { status: "held", due: now - 1 }, lease],
    ["a queued job of another run, asked for as such", { run: 3 }, { ...lease, run: 3 }],
    ["a queued job whatever its due time", { due: now + 1 }, lease],
  ] as const)("is had of %s", async (_, job, after) => {
    const run = "run" in job ? job.run : 0;
    await expectChanged(adapter, {
      before: flowRecord({ mail: job, pdf: {} }, expiresLater),
      update: leased({ ...mail, run }, terms),
      after: flowRecord({ mail: after, pdf: {} }, expiresLater),
    });
  });

  test.each([
    ["of no flow", undefined],
    ["of an expired flow", flowRecord({ mail: {}, pdf: {} }, expiredNow)],
    ["of a job that the flow hasn't", flowRecord({ pdf: {} })],
    ["of another run", flowRecord({ mail: { run: 1 } })],
    ["of a retrying job a millisecond early", flowRecord({ mail: { status: "retrying", due: now + 1 } })],
    ["of a held job a millisecond early", flowRecord({ mail: { status: "held", due: now + 1 } })],
    ["of a retrying job without a due time", flowRecord({ mail: { status: "retrying" } })],
    [
      "of a running job, its lease over or not",
      flowRecord({ mail: { status: "running", owner: "he", leaseEnd: 1 } }),
    ],
    ["of a succeeded job", flowRecord({ mail: { status: "succeeded" } })],
    ["of a failed job", flowRecord({ mail: { status: "failed" } })],
  ] as const)("is refused %s", async (_, before) => {
    await expectRefused(adapter, { before, update: leased(mail, terms) });
  });

  test.each([
    [true, { attempts: 3, resent: true }],
    [false, { attempts: 3 }],
  ])(
    "is taken over from the dead owner seen, and its attempt counts (resend: %s)",
    async (resend, counted) => {
      const dead = {
        status: "running",
        owner: "dead",
        leaseEnd: now - 1,
        attempts: 2,
        startedAt: start,
      } as const;
      await expectChanged(adapter, {
        before: flowRecord({ mail: dead, pdf: {} }, expiresLater),
        update: takenOver(mail, terms, { owner: "dead", resend }),
        after: flowRecord(
          { mail: { ...dead, ...lease, ...counted, startedAt: start }, pdf: {} },
          expiresLater,
        ),
      });
    },
  );

  const dying = { status: "running", owner: "dead", leaseEnd: now - 1 } as const;
  test.each([
    ["of no flow", undefined],
    ["of an expired flow", flowRecord({ mail: dying }, expiredNow)],
    ["of another run", flowRecord({ mail: { ...dying, run: 1 } })],
    ["from another owner", flowRecord({ mail: { ...dying, owner: "heir" } })],
    ["in the millisecond in which the lease ends", flowRecord({ mail: { ...dying, leaseEnd: now } })],
    ["of a lease without an end", flowRecord({ mail: { ...dying, leaseEnd: undefined } })],
    ["of a job that went back to waiting", flowRecord({ mail: { ...dying, status: "retrying" } })],
    ["of a job that ended", flowRecord({ mail: { ...dying, status: "succeeded" } })],
  ] as const)("is not taken over %s", async (_, before) => {
    await expectRefused(adapter, { before, update: takenOver(mail, terms, { owner: "dead", resend: true }) });
  });
});
