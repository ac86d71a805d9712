import type { Mutant } from "./mutant.ts";

/** A job can't run until its flow is past its deadline. */
const hours = { queueRefusing: 280 };

/** Mistakes in how a flow is brought to its end in time, and what isn't known of an attempt that nobody could write down. */
export const deadlineMutants: readonly Mutant[] = [
  {
    mistake: "a check never pays again what another owed that died",
    edits: [
      {
        file: "shared/dispatcher/mend.ts",
        find: 'return owes(job, turn) ? [{ kind: "repay", key, job }] : [];',
        replace: "return [];",
      },
    ],
    worlds: { seed: 1, jobs: 2000, faults: ["queueRefusing", "crash", "error"], hours },
  },
  {
    mistake: "a close that fails is left to the next check",
    edits: [
      {
        file: "shared/dispatcher/turn.ts",
        find: "if (unclosed > 0) throw",
        replace: "if (unclosed < 0) throw",
      },
      {
        file: "shared/dispatcher/turn.ts",
        find: "if (!closed) unclosed++;",
        replace: "if (!closed) unpaid++;",
      },
    ],
    worlds: { seed: 40, jobs: 2000, faults: ["queueRefusing", "error"], hours },
  },
  {
    mistake: "a turn that its message takes once more looks younger to the check that it armed",
    edits: [
      {
        file: "shared/ledger/flow-writes.ts",
        find: 'any(missing(["checkedAt"]), below(["checkedAt"], now - turnMilliseconds))',
        replace:
          'any(missing(["checkedAt"]), below(["checkedAt"], now - turnMilliseconds), among(["checkedBy"], message))',
      },
    ],
    worlds: { seed: 130, jobs: 2000, faults: ["queueRefusing", "pause", "skew", "expire", "crash"], hours },
  },
  {
    mistake: "an attempt's end is written for three seconds alone",
    edits: [
      {
        file: "shared/consumer/settle.ts",
        find: "const end = Math.max(clock.now(), deadline) + patienceMilliseconds;",
        replace: "const end = (deadline < 0 ? deadline : clock.now()) + patienceMilliseconds;",
      },
    ],
    worlds: { seed: 1, jobs: 3000, faults: ["mailDown", "throttle"] },
  },
];
