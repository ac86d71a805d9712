import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, expect, test } from "@jest/globals";
import {
  type Embedded,
  finished,
  signUp,
  spawnEmbedded,
  startEmbedded,
  stateDirectory,
} from "../support/embedded.ts";

const state = stateDirectory();
const running = new Set<Embedded>();
afterEach(async () => {
  for (const service of running) await service.end("SIGKILL");
  running.clear();
});
afterAll(() => state.remove());

async function start(): Promise<Embedded> {
  const service = await startEmbedded(state.path);
  running.add(service);
  return service;
}

test("Ctrl-C lets running jobs end and exits 0; what is unfinished goes on with the next start", async () => {
  const first = await start();
  const people = Array.from({ length: 20 }, (_, index) => ({
    email: `${index}@example.com`,
    name: "Person",
  }));
  const accepted = await Promise.all(people.map((person) => signUp(first, person)));
  expect(await first.end("SIGINT")).toEqual({ code: 0, signal: null });
  expect(first.output()).toContain("Stopping when running jobs have ended");
  expect(first.output().trimEnd()).toMatch(/Stopped$/);

  const second = await start();
  for (const each of accepted) expect((await finished(second, each)).status).toBe("succeeded");
  expect(await second.json("/_local/mail")).toHaveLength(20);
  expect(await second.end("SIGTERM")).toEqual({ code: 0, signal: null });
}, 40_000);

test("a Ctrl-C that arrives twice at once is one, and a later second one ends the service at once", async () => {
  const service = await start();
  // A request that never ends holds the drain up for five seconds.
  const socket = connect(service.port, "127.0.0.1");
  await once(socket, "connect");
  socket.on("error", () => {});
  socket.write("POST /sign-ups HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{");
  await service.call("/health");
  service.process.kill("SIGINT");
  service.process.kill("SIGINT");
  // Nothing tells that the moment is over in which a second signal counts as the same: only time does.
  await pause(700);
  expect(service.process.exitCode).toBeNull();
  expect(await service.end("SIGINT")).toEqual({ code: 130, signal: null });
  socket.destroy();
}, 20_000);

test("a taken port is one line that says how to choose another", async () => {
  const service = await start();
  const other = stateDirectory();
  const run = spawnEmbedded("--port", `${service.port}`, "--state", other.path);
  expect(await run.exited).toEqual({ code: 1, signal: null });
  const next = service.port + 1;
  expect(run.output()).toBe(
    `errand: Port ${service.port} is taken. Choose another: npm start -- --port ${next}, or PORT=${next} npm start\n`,
  );
  other.remove();
}, 20_000);

test("a second run on the same state is refused while the first is alive", async () => {
  await start();
  const run = spawnEmbedded("--port", "0", "--state", state.path);
  expect(await run.exited).toEqual({ code: 1, signal: null });
  expect(run.output()).toBe(
    `errand: Another run uses the state directory ${state.path}. End that one, or choose another: npm start -- --state DIR\n`,
  );
}, 20_000);

test.each([
  [["--prot", "1"], "errand: Unknown option '--prot'. `npm start -- --help` lists the options.\n"],
  [["--service", "docs"], "errand: --service: a folder with a catalog.ts, got docs\n"],
  [["--smtp", "nowhere"], 'errand: --smtp: a URL, got "nowhere"\n'],
  [["--port", "http"], 'errand: --port: a whole number from 0 to 65535, got "http"\n'],
])("the options %j are refused with a line that says why", async (args, line) => {
  const run = spawnEmbedded(...args);
  expect(await run.exited).toEqual({ code: 1, signal: null });
  expect(run.output()).toBe(line);
});

test("--help lists the options", async () => {
  const run = spawnEmbedded("--help");
  expect(await run.exited).toEqual({ code: 0, signal: null });
  for (const option of [
    "--port",
    "--state",
    "--service",
    "--isolate",
    "--smtp",
    "--sqs",
    "--s3",
    "--dynamodb",
    "--help",
  ])
    expect(run.output()).toContain(option);
});
