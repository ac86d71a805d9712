import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  type Embedded,
  finished,
  signUp,
  startEmbedded,
  stateDirectory,
  workerProcesses,
} from "../support/embedded.ts";
import { eventually } from "../support/eventually.ts";

const state = stateDirectory();
let service: Embedded;
beforeAll(async () => {
  service = await startEmbedded(state.path, "--isolate");
});
afterAll(async () => {
  await service.end("SIGKILL");
  state.remove();
});

test("each job runs in a child process, and its lines reach the terminal", async () => {
  expect(Object.keys(workerProcesses(service)).sort()).toEqual([
    ...["create-profile", "dispatch", "notify", "render-receipt", "resize-avatar"],
    ...["send-welcome-email", "webhook"],
  ]);
  const flow = await finished(service, await signUp(service, { email: "a@example.com", name: "A" }));
  expect(flow.status).toBe("succeeded");
  // A line is printed after what it tells of.
  await eventually(async () =>
    flow.jobs.every(({ id }) => service.output().includes(id)) ? true : undefined,
  );
});

test("a worker's process that is killed is replaced by another", async () => {
  const before = workerProcesses(service);
  for (const name of ["create-profile", "dispatch"]) process.kill(before[name] ?? 0, "SIGKILL");
  const after = await eventually(async () => {
    const now = workerProcesses(service);
    return [now["create-profile"], now["dispatch"]].every(
      (pid) => pid && !Object.values(before).includes(pid),
    )
      ? now
      : undefined;
  });
  expect(after["render-receipt"]).toBe(before["render-receipt"]);
  const flow = await finished(service, await signUp(service, { email: "b@example.com", name: "B" }));
  expect(flow.status).toBe("succeeded");
});

test("an isolated run drains at Ctrl-C and leaves no child behind", async () => {
  const pids = Object.values(workerProcesses(service));
  expect(pids).toHaveLength(7);
  expect(await service.end("SIGINT")).toEqual({ code: 0, signal: null });
  expect(pids.filter(isAlive)).toEqual([]);
  service = await startEmbedded(state.path, "--isolate");
});

test("the children end with their parent, however that ends", async () => {
  const pids = Object.values(workerProcesses(service));
  await service.end("SIGKILL");
  await eventually(async () => (pids.some(isAlive) ? undefined : true));
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
