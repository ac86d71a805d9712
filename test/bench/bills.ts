import { startServers } from "../support/servers.ts";
import { billPerJob, type StepBill } from "./bill.ts";
import { countEngineCalls } from "./engine-calls.ts";
import { countGlueCalls } from "./glue-calls.ts";

/** What is billed for a job, by step and in total, with batches that are all `fill` messages full. */
export interface Bill {
  readonly fill: number;
  readonly ours: Readonly<Record<string, StepBill>>;
  readonly peer: Readonly<Record<string, StepBill>>;
}

const jobs = 3;

/** Bills at fills of 10 (a backlog), 3 and 1 (a quiet service). */
export async function measureBills(): Promise<readonly Bill[]> {
  const bills: Bill[] = [];
  for (const fill of [10, 3, 1]) {
    const run = { signUps: 2 * fill, fill };
    const ours = await onNewServers(async (servers) => (await countEngineCalls(servers, run)).calls);
    const peer = await onNewServers((servers) => countGlueCalls(servers, run));
    bills.push({
      fill,
      ours: Object.fromEntries(billPerJob(ours, run.signUps * jobs)),
      peer: Object.fromEntries(billPerJob(peer, run.signUps * jobs)),
    });
  }
  return bills;
}

/** New ones for each count: the counter stays on its clients. */
async function onNewServers<Value>(
  count: (servers: Awaited<ReturnType<typeof startServers>>) => Promise<Value>,
): Promise<Value> {
  const servers = await startServers();
  try {
    return await count(servers);
  } finally {
    await servers.stop();
  }
}
