import { once } from "node:events";
import type { HttpHandler, HttpRequest, HttpResponse } from "../../functions/api/http.ts";
import { type FlowEvents, FlowWatcher, type FlowWatcherOptions } from "../../functions/page/flow-watcher.ts";
import { startHttpServer } from "../../infra/local/http-server.ts";
import { eventually } from "./eventually.ts";

/** Short, so that tests wait for states and not for a browser's patience. */
const hastyTimes = {
  ...{ retryMs: 20, mostRetryMs: 100, answerMs: 5_000 },
  // Longer than any test: what is seen by one of these is seen in a test that sets it.
  ...{ heartbeatMs: 3_600_000, quietMs: 3_600_000 },
};

/** A watcher, and what it has told so far: `change 1/3`, `mode polling`, `error 503`, `error final 404`, `end succeeded`. */
export function watch(options: FlowWatcherOptions) {
  const watcher = new FlowWatcher({ ...options, times: { ...hastyTimes, ...options.times } });
  const told: string[] = [];
  watcher.addEventListener("change", ({ detail: { jobs } }) => {
    told.push(`change ${jobs.filter(({ finishedAt }) => finishedAt).length}/${jobs.length}`);
  });
  watcher.addEventListener("mode", ({ detail }) => told.push(`mode ${detail}`));
  watcher.addEventListener("error", ({ detail: { final, status, message } }) => {
    told.push(`error ${final ? "final " : ""}${status ?? message}`);
  });
  watcher.addEventListener("end", ({ detail }) => told.push(`end ${detail.status}`));
  return {
    watcher,
    told,
    async next<Type extends keyof FlowEvents>(type: Type): Promise<FlowEvents[Type]["detail"]> {
      const [event] = (await once(watcher, type)) as [FlowEvents[Type]];
      return event.detail;
    },
    /** Once it has told this. */
    until: (words: string) =>
      eventually(async () => (told.includes(words) ? words : undefined), { pollMs: 5 }),
  };
}

/** A server on loopback that answers with what is in `script` first, and then as `handler` does; and what it was asked. */
export async function serveScripted(handler: HttpHandler, port = 0) {
  const script: (HttpResponse | ((request: HttpRequest) => Promise<HttpResponse>))[] = [];
  const asked: (HttpRequest & { readonly at: number })[] = [];
  const server = await startHttpServer(port);
  server.serve(async (request) => {
    asked.push({ ...request, at: performance.now() });
    const next = script.shift();
    if (next === undefined) return handler(request);
    return typeof next === "function" ? next(request) : next;
  });
  const { port: taken, stop, upgrades } = server;
  return { url: `http://127.0.0.1:${taken}`, port: taken, script, asked, stop, upgrades };
}
