import type { Mutant } from "./mutant.ts";

/** Mistakes in what an operator's hand starts: a redrive, a letter moved back, a pause. */
export const operatorMutants: readonly Mutant[] = [
  {
    mistake: "a redrive runs again what has succeeded",
    edits: [
      {
        file: "shared/ledger/job-writes.ts",
        find: 'when: all(thisRun(job, now), among(field("status"), "failed")),',
        replace: "when: present(now),",
      },
      {
        file: "shared/redrive/plan-letter.ts",
        find: 'const failed = job.status === "failed" && job.run === address.run;',
        replace: "const failed = job.run >= address.run;",
      },
    ],
    worlds: {
      seed: 1,
      jobs: 12_000,
      faults: ["permanent", "notDone", "redriven", "duplicate", "crash", "lostAnswer"],
    },
  },
  {
    mistake: "a redrive takes the letter away before the job is sent",
    edits: [
      {
        file: "shared/redrive/redrive-letter.ts",
        find: "  const redriven = dryRun ? prospectOf(plan) : await carryOut(ports, letter, plan, seen);",
        replace: `  if (!dryRun && plan.kind !== "leave") await letters.remove(deadLetterQueue(letter.queue), letter.message);
  const redriven = dryRun ? prospectOf(plan) : await carryOut(ports, letter, plan, seen);`,
      },
    ],
    worlds: { seed: 1, jobs: 12_000, faults: ["permanent", "redriven", "crash", "error"] },
  },
  {
    mistake: "a redrive arms no check",
    edits: [
      {
        file: "shared/redrive/reopen-job.ts",
        find: "  const [failure] = await ports.queue.send(dispatchQueue, [check]);",
        replace: '  const failure = check ? undefined : { reason: "" };',
      },
    ],
    worlds: { seed: 1, jobs: 12_000, faults: ["permanent", "redriven", "movedBack", "lose"] },
  },
  {
    mistake: "a letter that SQS moved back is taken for a message of a run that is over",
    edits: [
      {
        file: "shared/consumer/run-job.ts",
        find: "const delivery = isLetter(message)",
        replace: "const delivery = false",
      },
    ],
    worlds: { seed: 1, jobs: 3000, faults: ["permanent", "movedBack"] },
  },
  {
    mistake: "a redriven job goes on counting the attempts of its last run",
    edits: [
      {
        file: "shared/ledger/job-writes.ts",
        find: '      { path: field("attempts"), to: 0 },\n',
        replace: "",
      },
    ],
    worlds: { seed: 1, jobs: 3000, faults: ["permanent", "redriven"] },
  },
  {
    mistake: "a stale message runs the run that its job is in by now",
    edits: [
      {
        file: "shared/ledger/job-writes.ts",
        find: "when: all(thisRun(job, terms.from), waitsAndIsDue(field, terms.from)),",
        replace: "when: all(present(terms.from), waitsAndIsDue(field, terms.from)),",
      },
    ],
    // A copy that comes hours late has to find the next run due, and still without its own message.
    worlds: {
      seed: 1,
      jobs: 60_000,
      faults: ["permanent", "notDone", "redriven", "straggle", "lose", "queueRefusing", "delay"],
    },
  },
  {
    mistake: "letters are left where they are",
    edits: [
      {
        file: "shared/redrive/plan-letter.ts",
        find: '    return { kind: "reopen", address, envelope: envelopeWith(address, body) };',
        replace: '    return { kind: "leave", reason: body && envelopeWith(address, body) ? "" : "" };',
      },
    ],
    worlds: { seed: 1, jobs: 3000, faults: ["permanent", "redriven"] },
  },
  {
    mistake: "a letter says nothing of its job",
    edits: [
      {
        file: "shared/envelope/dead-letter.ts",
        find: "attempts: job.attempts,",
        replace: "attempts: 99,",
      },
    ],
    worlds: { seed: 1, jobs: 600, faults: ["permanent"] },
  },
  {
    mistake: "a pause is the switched off mapping alone, which a deploy switches on again",
    edits: [
      {
        file: "shared/breaker/breaker.ts",
        find: "return since !== undefined || pausedAt !== undefined;",
        replace: "return since !== undefined;",
      },
    ],
    worlds: { seed: 1, jobs: 600, faults: ["jobPaused"] },
  },
  {
    mistake: "a message of an earlier run is hidden for ever",
    edits: [
      {
        file: "shared/consumer/settle.ts",
        find: "if (job.run !== address.run) return acknowledge;",
        replace: "if (job.run !== address.run) return hideUntil(clock.now() + 3_600_000, clock);",
      },
    ],
    worlds: { seed: 1, jobs: 12_000, faults: ["permanent", "redriven", "straggle", "crash", "duplicate"] },
  },
];
