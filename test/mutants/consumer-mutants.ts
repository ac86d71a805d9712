import type { Mutant } from "./mutant.ts";

/** Mistakes in how a worker runs a job. */
export const consumerMutants: readonly Mutant[] = [
  {
    mistake: "the mailer's client repeats a send whose answer was lost",
    edits: [
      {
        file: "test/simulation/effects.ts",
        find: "process.call(effect, { repeatable: false })",
        replace: "process.call(effect)",
      },
    ],
    worlds: { seed: 1, jobs: 3000, faults: ["lostAnswer", "crash"] },
  },
  {
    mistake: "a lease is keyed by the message's id of SQS, which two deliveries share",
    edits: [
      {
        file: "shared/consumer/lease.ts",
        find: "const terms = newTerms(ports);\n  const answer = await ledger.lease(",
        replace:
          "const terms = { ...newTerms(ports), owner: delivery.message.id };\n  const answer = await ledger.lease(",
      },
    ],
    worlds: { seed: 1, jobs: 12_000, faults: ["duplicate", "delay", "expire", "slow"] },
  },
  {
    mistake: "the claim is released where the error leaves open whether the effect happened",
    edits: [
      {
        file: "shared/consumer/verdict.ts",
        find: "return job.effect ? unknown(reason) : again(reason);",
        replace: "return again(reason);",
      },
    ],
    worlds: { seed: 1, jobs: 3000, faults: ["mailUnknown", "slip", "lostAnswer"] },
  },
  {
    mistake: "an outage is counted as attempts",
    edits: [
      {
        file: "shared/consumer/verdict.ts",
        find: 'return { status: "held", error: words(error), dependency: error.dependency };',
        replace: "return again(words(error));",
      },
    ],
    worlds: { seed: 1, jobs: 600, faults: ["mailDown"] },
  },
  {
    mistake: "a service that is down or over its quota is taken for a permanent error",
    edits: [
      {
        file: "shared/consumer/verdict.ts",
        find: 'return { status: "held", error: words(error), dependency: error.dependency };',
        replace: 'return { status: "failed", error: words(error) };',
      },
    ],
    worlds: { seed: 1, jobs: 600, faults: ["mailDown"] },
  },
  {
    mistake: "a permanent error is tried again",
    edits: [
      {
        file: "shared/consumer/verdict.ts",
        find: 'if (error instanceof PermanentError) return { status: "failed", error: words(error) };',
        replace: "if (error instanceof PermanentError) return again(words(error));",
      },
    ],
    worlds: { seed: 1, jobs: 1500, faults: ["permanent"] },
  },
  {
    mistake: "a throttle spends an attempt",
    edits: [
      {
        file: "shared/consumer/verdict.ts",
        find: "waitSeconds: Math.max(0, error.seconds),\n      countAttempt: false,",
        replace: "waitSeconds: Math.max(0, error.seconds),\n      countAttempt: true,",
      },
    ],
    worlds: { seed: 1, jobs: 600, faults: ["retryAfter"] },
  },
  {
    mistake: "a job that kills its worker is run again for ever, up to a huge maxReceiveCount",
    edits: [
      {
        file: "shared/consumer/lease.ts",
        find: "const spent = job.attempts + 1 >= ports.job.attempts;",
        replace: "const spent = false;",
      },
    ],
    worlds: { seed: 1, jobs: 2000, faults: ["poison"] },
  },
  {
    mistake: "a worker's death resends a mail as often as it happens",
    edits: [
      {
        file: "shared/consumer/lease.ts",
        find: 'spent || rule === "fail" || (rule === "resend" && job.resent)',
        replace: 'spent || rule === "fail"',
      },
    ],
    worlds: { seed: 1, jobs: 3000, faults: ["mailUnknown"] },
  },
  {
    mistake: "a batch is worked one after another past the function's timeout",
    edits: [
      {
        file: "shared/consumer/consumer.ts",
        find: "if (remaining() < (job.timeoutSeconds + settleMarginSeconds) * 1000) {",
        replace: "if (remaining() < 0) {",
      },
    ],
    worlds: { seed: 1, jobs: 12_000, faults: ["slow"] },
  },
  {
    mistake: "a backoff is longer than the 12 hours for which SQS hides a message",
    edits: [
      {
        file: "shared/catalog/queue-settings.ts",
        find: "export const longestHideSeconds = 12 * hour - 900;",
        replace: "export const longestHideSeconds = 20 * day;",
      },
    ],
    worlds: { seed: 1, jobs: 12_000, faults: ["longWait"] },
  },
  {
    mistake: "a dead-lettered job never becomes final",
    edits: [
      {
        file: "shared/consumer/settle.ts",
        find: "const answer = await settlePatiently(ports, delivery, settler, settlement, deadline);",
        replace:
          'if (settlement.status === "failed") {\n    await setAside(ports.queue, ports.job.name, jobLetter(delivery.message, delivery.address, { status: "failed", run: 0, attempts: 0 }));\n    return acknowledge;\n  }\n  const answer = await settlePatiently(ports, delivery, settler, settlement, deadline);',
      },
    ],
    worlds: { seed: 1, jobs: 2000, faults: ["permanent"] },
  },
  {
    mistake: "a letter is sent after the commit with nothing to repeat it",
    edits: [
      {
        file: "shared/consumer/settle.ts",
        find: "  if (isFinal(job.status)) {\n    await payOwed(ports, delivery, flow, job);\n    return acknowledge;",
        replace: "  if (isFinal(job.status)) {\n    return acknowledge;",
      },
    ],
    worlds: { seed: 1, jobs: 6000, faults: ["permanent", "crash", "error"] },
  },
  {
    mistake: "a promise is left running after the handler has returned",
    edits: [
      {
        file: "shared/consumer/settle.ts",
        find: "    await setAside(queue, ports.job.name, jobLetter(message, address, job));",
        replace:
          "    void setAside(queue, ports.job.name, jobLetter(message, address, job)).catch(() => {});",
      },
    ],
    worlds: { seed: 1, jobs: 6000, faults: ["permanent", "error", "throttle"] },
  },
  {
    mistake: "an effect is begun after a pause, under a lease that is long over",
    edits: [
      {
        file: "shared/consumer/run-job.ts",
        find: "const deadline = permit.startedAt + ports.job.timeoutSeconds * 1000;",
        replace: "const deadline = clock.now() + ports.job.timeoutSeconds * 1000;",
      },
    ],
    worlds: { seed: 1, jobs: 12_000, faults: ["pause", "crash", "slip", "slow"] },
  },
  {
    mistake: "a job that may be resent once fails at its first unknown outcome",
    edits: [
      {
        file: "shared/consumer/lease.ts",
        find: '(rule === "resend" && job.resent)',
        replace: 'rule === "resend"',
      },
    ],
    worlds: { seed: 1, jobs: 3000, faults: ["crash", "slip"] },
  },
  {
    mistake: "a worker's death is not told as such",
    edits: [
      {
        file: "shared/consumer/lease.ts",
        find: 'const error = rule ? "outcome unknown" : "worker lost";',
        replace: 'const error = rule ? "outcome unknown" : "Error";',
      },
    ],
    worlds: { seed: 1, jobs: 6000, faults: ["poison"] },
  },
];
