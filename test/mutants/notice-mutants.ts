import type { FaultName } from "../simulation/faults.ts";
import type { Mutant } from "./mutant.ts";

const telling: readonly FaultName[] = ["asked", "watched", "webhookFails"];

/** Mistakes in how somebody is told of a flow. */
export const noticeMutants: readonly Mutant[] = [
  {
    mistake: "the notice of an end is sent after its message is deleted, with nothing to repeat it",
    edits: [
      {
        file: "shared/consumer/settle.ts",
        find: "  await sendOwedNotice(ports, flow, address.key, message);",
        replace: "  void sendOwedNotice(ports, flow, address.key, message).catch(() => {});",
      },
    ],
    worlds: { seed: 1, jobs: 6000, faults: [...telling, "error", "crash"] },
  },
  {
    mistake: "the copy of an ended job's message doesn't repeat its notice",
    edits: [
      {
        file: "shared/consumer/settle.ts",
        find: "  if (isFinal(job.status)) {\n    await payOwed(ports, delivery, flow, job);",
        replace:
          "  if (isFinal(job.status)) {\n    await payOwed(ports, delivery, { ...flow, epoch: -1 }, job);",
      },
    ],
    worlds: { seed: 1, jobs: 6000, faults: [...telling, "error", "crash"] },
  },
  {
    mistake: "the notice of an end that a redrive has made stale is told",
    edits: [
      {
        file: "shared/notification/read-flows.ts",
        find: "if (!flow || !isEnd(notice) || (notice.epoch === flow.epoch && flow.open === 0)) return undefined;",
        replace: "if (flow) return undefined;",
      },
    ],
    worlds: {
      seed: 1,
      jobs: 12_000,
      faults: [...telling, "channelsDown", "permanent", "redriven", "movedBack"],
    },
  },
  {
    mistake: "each job's end is told as the flow's",
    edits: [
      {
        file: "shared/notification/send-notice.ts",
        find: "isFinal(job.status) && job.left === 0 && job.leftEpoch === flow.epoch;",
        replace: "isFinal(job.status);",
      },
      {
        file: "shared/notification/read-flows.ts",
        find: "if (!flow || !isEnd(notice) || (notice.epoch === flow.epoch && flow.open === 0)) return undefined;",
        replace: "if (!flow || !isEnd(notice) || notice.epoch === flow.epoch) return undefined;",
      },
    ],
    worlds: { seed: 1, jobs: 600, faults: telling },
  },
  {
    mistake: "the end of every flow makes a notice",
    edits: [
      {
        file: "shared/notification/send-notice.ts",
        find: "...(asksForWebhook(flow) ? [send(",
        replace: "...(flow ? [send(",
      },
    ],
    worlds: { seed: 1, jobs: 600, faults: telling },
  },
  {
    mistake: "where somebody watches, the end is told to them alone",
    edits: [
      {
        file: "shared/notification/send-notice.ts",
        find: "...(asksForWebhook(flow) ? [send(",
        replace: "...(asksForWebhook(flow) && !isWatched(flow, ports) ? [send(",
      },
    ],
    worlds: { seed: 1, jobs: 1500, faults: telling },
  },
  {
    mistake: "a webhook that fails is taken for told",
    edits: [
      {
        file: "shared/notification/notice-worker.ts",
        find: "await ports.queue.hide(work.queue, message, next.seconds);\n      return false;",
        replace: "await ports.queue.hide(work.queue, message, next.seconds);\n      return true;",
      },
    ],
    worlds: { seed: 1, jobs: 1500, faults: telling },
  },
  {
    mistake: "a write that changes a job leaves the flow's version as it was",
    edits: [
      {
        file: "shared/ledger/job-writes.ts",
        find: "      ...(final ? ending(field, now) : []),\n      changed,",
        replace: "      ...(final ? [...ending(field, now), changed] : []),",
      },
    ],
    worlds: { seed: 1, jobs: 1500, faults: ["notDone"] },
  },
];
