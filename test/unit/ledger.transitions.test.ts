import { describe, expect, test } from "@jest/globals";
import { canBecome, type JobStatus, jobStatuses } from "../../shared/flow/state-machine.ts";
import {
  leased,
  reopened,
  type Settlement,
  type Settler,
  settled,
  takenOver,
} from "../../shared/ledger/job-writes.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import { absent } from "../../shared/ledger/presence.ts";
import type { Update } from "../../shared/ledger/table.ts";
import { flowId, flowRecord, start } from "../support/builders.ts";

const mail = { flow: flowId, key: "mail", run: 0 };
const terms = { owner: "me", from: start, to: start + 1000 };
const settlers: readonly Settler[] = [
  { as: "owner", owner: "me" },
  { as: "unleased" },
  { as: "heir", deadOwner: "me" },
  { as: "check" },
];
const ends: readonly Settlement["status"][] = ["succeeded", "failed", "retrying", "held"];
const settles = settlers.flatMap((settler) =>
  ends.map((status): readonly [string, JobStatus, Update] => [
    `settles it ${status} as ${settler.as}`,
    status,
    settled(mail, settler, { status, countAttempt: true, due: start }, "nonce", start),
  ]),
);
const writes: readonly (readonly [string, JobStatus, Update])[] = [
  ["leases it", "running", leased(mail, terms)],
  ["opens it again", "queued", reopened(mail, start)],
  ["takes it over", "running", takenOver(mail, terms, { owner: "me", resend: true })],
  ...settles,
];

/** All that a condition asks beside the status: owned by the writer or by nobody, due, its lease over. */
const holders = [
  { owner: "me", leaseEnd: start - 1 },
  { owner: undefined, leaseEnd: undefined },
];

describe.each(jobStatuses)("from %s", (from) => {
  test.each(writes)(
    "a write that %s is applied only where the state machine has that step",
    async (_, to, update) => {
      for (const holder of holders) {
        const table = createMemoryTable();
        await table.put(flowRecord({ mail: { status: from, due: start, ...holder } }), absent(start));
        const { applied, record } = await table.update(update);
        if (!applied) continue;
        expect(record?.jobs["mail"]?.status).toBe(to);
        expect({ from, to, allowed: canBecome(from, to) }).toEqual({ from, to, allowed: true });
      }
    },
  );

  test("each step of the state machine is taken by some write", async () => {
    const reached = new Set<JobStatus>();
    for (const [, to, update] of writes) {
      for (const holder of holders) {
        const table = createMemoryTable();
        await table.put(flowRecord({ mail: { status: from, due: start, ...holder } }), absent(start));
        if ((await table.update(update)).applied) reached.add(to);
      }
    }
    const expected = jobStatuses.filter((to) => canBecome(from, to));
    // A second copy's retry is refused by design, so a waiting job is retried by its lease only.
    const byLeaseOnly = (to: JobStatus) => to === "retrying" && (from === "retrying" || from === "held");
    expect([...reached].sort()).toEqual(expect.arrayContaining(expected.filter((to) => !byLeaseOnly(to))));
  });
});
