import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Embedded, finished, signUp, startEmbedded, stateDirectory } from "../support/embedded.ts";
import { eventually } from "../support/eventually.ts";

const state = stateDirectory();
let service: Embedded;
beforeAll(async () => {
  service = await startEmbedded(state.path, "--isolate");
}, 20_000);
afterAll(async () => {
  await service.end("SIGKILL");
  state.remove();
});

test("each job runs in a child process, and its lines reach the terminal", async () => {
  expect(Object.keys(children()).sort()).toEqual([
    ...["create-profile", "dispatch", "render-receipt", "send-welcome-email"],
  ]);
  const flow = await finished(service, await signUp(service, { email: "a@example.com", name: "A" }));
  expect(flow.status).toBe("succeeded");
  // A line is printed after what it tells of.
  await eventually(async () =>
    flow.jobs.every(({ id }) => service.output().includes(id)) ? true : undefined,
  );
}, 20_000);

test("a worker's process that is killed is replaced by another", async () => {
  const before = children();
  for (const name of ["create-profile", "dispatch"]) process.kill(before[name] ?? 0, "SIGKILL");
  const after = await eventually(async () => {
    const now = children();
    return [now["create-profile"], now["dispatch"]].every(
      (pid) => pid && !Object.values(before).includes(pid),
    )
      ? now
      : undefined;
  });
  expect(after["render-receipt"]).toBe(before["render-receipt"]);
  const flow = await finished(service, await signUp(service, { email: "b@example.com", name: "B" }));
  expect(flow.status).toBe("succeeded");
}, 20_000);

test("an isolated run drains at Ctrl-C and leaves no child behind", async () => {
  const pids = Object.values(children());
  expect(pids).toHaveLength(4);
  expect(await service.end("SIGINT")).toEqual({ code: 0, signal: null });
  expect(pids.filter(isAlive)).toEqual([]);
  service = await startEmbedded(state.path, "--isolate");
}, 20_000);

test("the children end with their parent, however that ends", async () => {
  const pids = Object.values(children());
  await service.end("SIGKILL");
  await eventually(async () => (pids.some(isAlive) ? undefined : true));
}, 20_000);

/** The process ids of the workers, by what they run. */
function children(): Record<string, number> {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
  return Object.fromEntries(
    lines.flatMap((line): [string, number][] => {
      const [, pid = "", parent = "", name = ""] =
        /^\s*(\d+)\s+(\d+)\s.*isolated-worker\.ts (\S+)/.exec(line) ?? [];
      return Number(parent) === service.process.pid ? [[name, Number(pid)]] : [];
    }),
  );
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
