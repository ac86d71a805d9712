import type { Mutant } from "./mutant.ts";

/** Mistakes in how flows and jobs are sent, and their payloads kept. */
export const sendingMutants: readonly Mutant[] = [
  {
    mistake: "recorded and then sent, with no recovery in between",
    edits: [
      {
        file: "shared/producer/producer.ts",
        find: "if (isLeftAlone(ports, answer.flow)) {",
        replace: "if (Date.now() < 0) {",
      },
    ],
    worlds: { seed: 1, jobs: 2000, faults: ["crash", "error"] },
  },
  {
    mistake: "the failed entries of a batch are ignored",
    edits: [
      {
        file: "shared/dispatcher/fan-out.ts",
        find: "    return failures.flatMap(({ index, reason }) => {",
        replace: "    return failures.slice(0, 0).flatMap(({ index, reason }) => {",
      },
    ],
    worlds: { seed: 1, jobs: 6000, faults: ["partialSend", "error"] },
  },
  {
    mistake: "a letter that the queue refused is taken for sent",
    edits: [
      {
        file: "shared/envelope/dead-letter.ts",
        find: "  if (failure) throw new Error(`the dead-letter queue",
        replace: "  if (failure && !failure) throw new Error(`the dead-letter queue",
      },
    ],
    worlds: { seed: 1, jobs: 12_000, faults: ["permanent", "error", "throttle"] },
  },
  {
    mistake: "bodies of 10 MB are sent whole",
    edits: [
      {
        file: "shared/claim-check/claim-check.ts",
        find: "if (messageBytes({ body, attributes }) <= thresholdBytes) return { body, attributes: {} };",
        replace: "if (messageBytes({ body, attributes }) <= 10_000_000) return { body, attributes: {} };",
      },
    ],
    worlds: { seed: 1, jobs: 6000, faults: ["large"] },
  },
  {
    mistake: "a reference is sent before its payload is there",
    edits: [
      {
        file: "shared/claim-check/claim-check.ts",
        find: "      await store.put(key, bytes);",
        replace: "      void store.put(key, bytes).catch(() => {});",
      },
    ],
    worlds: { seed: 1, jobs: 2000, faults: ["storeDown", "crash", "error"] },
  },
  {
    mistake: "a payload's size is counted in characters",
    edits: [
      {
        file: "shared/claim-check/claim-check.ts",
        find: "attributes: { [sizeAttribute]: bytes.length },",
        replace: "attributes: { [sizeAttribute]: body.length },",
      },
    ],
    worlds: { seed: 1, jobs: 600, faults: [] },
  },
  {
    mistake: "partial answers in the code, but not on the mapping",
    edits: [
      {
        file: "test/simulation/event-source.ts",
        find: "if (!failed?.includes(id)) queue.remove(name, receipt);",
        replace: "queue.remove(name, receipt);",
      },
    ],
    worlds: { seed: 1, jobs: 600, faults: ["notDone", "error"] },
  },
  {
    mistake: "a check closes what is ten minutes old",
    edits: [
      {
        file: "shared/dispatcher/mend.ts",
        find: "const overdue = turn.now > graceEnd(flow, turn.profile);",
        replace: "const overdue = turn.now > flow.createdAt + 600_000;",
      },
    ],
    worlds: { seed: 1, jobs: 600, faults: ["mailDown"] },
  },
  {
    mistake: "checks close what is overdue, and send nothing again",
    edits: [
      {
        file: "shared/dispatcher/mend.ts",
        find: "    if (runnable === undefined || runnable > turn.now) return [];",
        replace: "    if (!turn.start || runnable === undefined || runnable > turn.now) return [];",
      },
    ],
    worlds: { seed: 1, jobs: 3000, faults: ["lose"] },
  },
  {
    mistake: "what its queue refused and somebody has run since stays on the dispatch queue for ever",
    edits: [
      {
        file: "shared/dispatcher/dispatcher.ts",
        find: 'if (!flow || job?.status !== "queued" || job.run !== run) return undefined;',
        replace:
          'if (!flow || job?.status !== "queued" || job.run !== run) throw new Error("nothing to send");',
      },
    ],
    worlds: { seed: 1, jobs: 3000, faults: ["queueRefusing", "duplicate", "expire"] },
  },
];
