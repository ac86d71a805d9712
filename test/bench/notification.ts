import { FlowWatcher } from "../../functions/page/flow-watcher.ts";
import { type Embedded, signUp, startEmbedded, stateDirectory } from "../support/embedded.ts";
import type { Comparison } from "./measurement.ts";
import { percentile } from "./statistics.ts";

const measured = { pushed: 100, polled: 20 };
const warmUp = 10;

/**
 * From the end of a flow's last job, as its own record has it, to the moment at which a client of the embedded run knows: told by a
 * WebSocket, and by asking for the status as often as its `Retry-After` says. The client is the browser's, in a process of its own.
 */
export async function measureNotification(): Promise<readonly Comparison[]> {
  const state = stateDirectory();
  const service = await startEmbedded(state.path, "--client-rate", "1000");
  try {
    for (let i = 0; i < warmUp; i++) await follow(service, { pushed: true });
    const pushed = await samples(measured.pushed, () => follow(service, { pushed: true }));
    const polled = await samples(measured.polled, () => follow(service, { pushed: false }));
    return [0.5, 0.95].map((part) => ({
      name: `end known at the client, p${part * 100} (beside: by polling)`,
      ...{ unit: "ms", better: "lower" as const },
      ours: percentile(pushed, part),
      peer: percentile(polled, part),
    }));
  } finally {
    await service.end("SIGKILL");
    state.remove();
  }
}

async function samples(count: number, take: () => Promise<number>): Promise<readonly number[]> {
  const taken: number[] = [];
  while (taken.length < count) taken.push(await take());
  return taken;
}

let people = 0;

/** Milliseconds from the end of the last job to the client's `end`. */
async function follow(service: Embedded, { pushed }: { readonly pushed: boolean }): Promise<number> {
  const person = { email: `bench-${++people}@example.com`, name: "Ada Lovelace" };
  const { flow, token, socket }: Awaited<ReturnType<typeof signUp>> & { readonly socket?: string } =
    await signUp(service, person);
  const statusUrl = `http://127.0.0.1:${service.port}/flows/${flow.id}`;
  const watcher = new FlowWatcher({ statusUrl, token, socketUrl: pushed ? socket : undefined });
  const { promise, resolve } = Promise.withResolvers<number>();
  watcher.addEventListener("end", ({ detail: { jobs } }) => {
    const ends = jobs.map(({ finishedAt }) => Date.parse(finishedAt ?? ""));
    resolve(Date.now() - Math.max(...ends));
  });
  const late = await promise;
  await watcher.stopped;
  return late;
}
