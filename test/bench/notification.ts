import { FlowWatcher } from "../../functions/page/flow-watcher.ts";
import { type Embedded, signUp, startEmbedded, stateDirectory } from "../support/embedded.ts";
import { type HeldMails, holdMails } from "./held-mails.ts";
import type { Comparison } from "./measurement.ts";
import { latencies, percentile } from "./statistics.ts";

/** How many sign-ups, and how many of them at once. */
const rounds = [
  { name: "one at a time", atOnce: 1, pushed: 100, polled: 10, mostP95: 100 },
  { name: "10 at once", atOnce: 10, pushed: 200, polled: 50, mostP95: undefined },
] as const;
const warmUp = 10;

interface Place {
  readonly service: Embedded;
  readonly mails: HeldMails;
}

/**
 * From the end of a flow's last job, as its own record has it, to the moment at which a client of the embedded run knows: told by a
 * WebSocket, and by asking for the status as often as its `Retry-After` says. The client is the browser's, in a process of its own.
 * A job that ends before its client follows would be told by the answer to that; so the last one, a mail, ends when the client has
 * been told of the others.
 */
export async function measureNotification(): Promise<readonly Comparison[]> {
  const state = stateDirectory();
  const mails = await holdMails();
  const service = await startEmbedded(state.path, "--client-rate", "1000", "--smtp", mails.url);
  const place = { service, mails };
  try {
    await lateness(place, warmUp, 1, "pushed");
    const found: Comparison[] = [];
    for (const { name, atOnce, mostP95, ...counts } of rounds) {
      const pushed = await lateness(place, counts.pushed, atOnce, "pushed");
      const polled = await lateness(place, counts.polled, atOnce, "polled");
      for (const part of [0.5, 0.95]) {
        found.push({
          name: `end known at the client, ${name}, p${part * 100} (beside: by polling)`,
          ...{ unit: "ms", better: "lower" },
          ...{ ours: percentile(pushed, part), peer: percentile(polled, part) },
          ...(part === 0.95 && mostP95 !== undefined ? { atMost: mostP95 } : {}),
        });
      }
    }
    return found;
  } finally {
    await service.end("SIGKILL");
    await mails.stop();
    state.remove();
  }
}

type Way = "pushed" | "polled";

async function lateness(place: Place, count: number, atOnce: number, way: Way): Promise<readonly number[]> {
  const late: number[] = [];
  await latencies(count, atOnce, async () => late.push(await follow(place, way)));
  return late;
}

let people = 0;

/** Milliseconds from the end of the last job to the client's `end`. */
async function follow({ service, mails }: Place, way: Way): Promise<number> {
  const email = `bench-${++people}@example.com`;
  const { flow, token, socket }: Awaited<ReturnType<typeof signUp>> & { readonly socket?: string } =
    await signUp(service, { email, name: "Ada Lovelace" });
  const statusUrl = `http://127.0.0.1:${service.port}/flows/${flow.id}`;
  const watcher = new FlowWatcher({ statusUrl, token, socketUrl: way === "pushed" ? socket : undefined });
  const { promise, resolve } = Promise.withResolvers<number>();
  const takeWhenFollowed = () => {
    const open = watcher.flow?.jobs.filter(({ finishedAt }) => finishedAt === undefined);
    if (watcher.mode === "socket" && open?.length === 1) mails.take(email);
  };
  for (const type of ["mode", "change"]) watcher.addEventListener(type, takeWhenFollowed);
  watcher.addEventListener("end", ({ detail: { jobs } }) => {
    const ends = jobs.map(({ finishedAt }) => Date.parse(finishedAt ?? ""));
    resolve(Date.now() - Math.max(...ends));
  });
  if (way === "polled") mails.take(email);
  const late = await promise;
  await watcher.stopped;
  return late;
}
