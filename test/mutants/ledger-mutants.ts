import type { Mutant } from "./mutant.ts";

/** Mistakes in what is written down, and under which condition. */
export const ledgerMutants: readonly Mutant[] = [
  {
    mistake: "get, then put: a lease is asked for and written in two steps",
    edits: [
      {
        file: "shared/ledger/ledger.ts",
        find: "lease: async (job, terms) => leaseAnswer(await table.update(leased(job, terms)), job, terms),",
        replace: `lease: async (job, terms) => {
      const record = (await table.get([job.flow])).get(job.flow);
      const there = jobOf(record, job.key);
      const free = there?.status === "queued" || ((there?.due ?? terms.from + 1) <= terms.from && there?.status !== "running");
      if (!free) return { granted: false, job: there };
      return leaseAnswer(await table.update({ ...leased(job, terms), when: absent(0) && { all: [] } }), job, terms);
    },`,
      },
    ],
    worlds: { seed: 1, jobs: 20_000, faults: ["replay", "duplicate", "delay", "expire", "reorder"] },
  },
  {
    mistake: "a settle asks for no owner",
    edits: [
      {
        file: "shared/ledger/job-writes.ts",
        find: 'return all(open, status === "succeeded" ? any(mine, unowned) : mine);',
        replace: "return any(open, unowned, mine);",
      },
    ],
    worlds: { seed: 1, jobs: 12_000, faults: ["pause", "crash", "expire", "notDone", "duplicate"] },
  },
  {
    mistake: "the counter of open jobs moves without the job's own condition",
    edits: [
      {
        file: "shared/ledger/job-writes.ts",
        find: "when: all(thisRun(job, now), mayEnd(job, settler, settlement, now)),",
        replace: "when: mayEnd(job, settler, settlement, now) && thisRun(job, now),",
      },
    ],
    worlds: { seed: 1, jobs: 3000, faults: ["duplicate", "lostAnswer"] },
  },
  {
    mistake: "a record of what was done expires before the last message that asks for it",
    edits: [
      {
        file: "shared/catalog/queue-settings.ts",
        find: "export const recordRetentionSeconds = 40 * day;",
        replace: "export const recordRetentionSeconds = hour;",
      },
    ],
    worlds: { seed: 1, jobs: 600, faults: ["mailDown"] },
  },
  {
    mistake: "a lost answer of an own write is taken for somebody else's",
    edits: [
      {
        file: "shared/ledger/ledger.ts",
        find: "return { granted: answer.applied || mine, flow: answer.record, job };",
        replace: "return { granted: answer.applied, flow: answer.record, job };",
      },
    ],
    worlds: { seed: 1, jobs: 3000, faults: ["lostAnswer"] },
  },
  {
    mistake: "a second delivery counts the attempt of the first once more",
    edits: [
      {
        file: "shared/ledger/job-writes.ts",
        find: 'if (status === "retrying") return all(among(field("status"), "queued"), unowned);',
        replace: "",
      },
    ],
    worlds: { seed: 1, jobs: 12_000, faults: ["duplicate", "notDone", "lostAnswer"] },
  },
  {
    mistake: "a message is visible again before its batch can be done",
    edits: [
      {
        file: "shared/catalog/queue-settings.ts",
        find: `visibilityFactor: 6,
  leastVisibilitySeconds: 120,`,
        replace: `visibilityFactor: 0.1,
  leastVisibilitySeconds: 0,`,
      },
    ],
    worlds: { seed: 1, jobs: 600, faults: [] },
  },
];
