import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import { eventually } from "../support/eventually.ts";
import { createHttpClient } from "../support/http-client.ts";

/** As on a new machine: an installation, a deploy. */
jest.setTimeout(300_000);

/** A command as somebody types it, who has accounts and endpoints of their own in the environment. */
function type(command: string, variables: Readonly<Record<string, string>> = {}) {
  const child = spawn("sh", ["-c", command], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, AWS_PROFILE: "somebody", ...variables },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const ended = once(child, "close").then(([status]) => status as number | null);
  return { child, ended, output: () => output };
}

/** What stands behind the words in what a command has printed, once it does. */
async function printed({ child, ended, output }: ReturnType<typeof type>, pattern: RegExp): Promise<string> {
  for (;;) {
    const [, found] = pattern.exec(output()) ?? [];
    if (found !== undefined) return found;
    const over = await Promise.race([
      ended,
      once(child.stdout as NonNullable<ChildProcess["stdout"]>, "data"),
    ]);
    if (!Array.isArray(over) && !pattern.test(output())) throw new Error(output());
  }
}

/** Pastes the line that was printed, and follows the flow to its end. */
async function signUpBy(curl: string, url: string): Promise<FlowView> {
  const paste = type(curl);
  expect(await paste.ended).toBe(0);
  expect(paste.output()).toMatch(/^HTTP\/1\.1 202 /m);
  const { flow, token } = JSON.parse(/^\{"flow".*$/m.exec(paste.output())?.[0] ?? "");
  const http = createHttpClient(url);
  try {
    return await eventually(
      async () => {
        const { body } = await http.call(`/flows/${flow.id}`, {
          headers: { authorization: `Bearer ${token}` },
        });
        const view = JSON.parse(body.toString()) as FlowView;
        return view.status === "running" ? undefined : view;
      },
      { pollMs: 100 },
    );
  } finally {
    http.close();
  }
}

const startedAt = performance.now();
let ministack: ReturnType<typeof type>;
let endpoint: string;
beforeAll(async () => {
  ministack = type("exec npm run deploy:ministack -- --port 0");
  endpoint = await printed(ministack, /AWS_ENDPOINT_URL=(\S+)/);
});
afterAll(async () => {
  ministack.child.kill("SIGINT");
  await ministack.ended;
});

test("npm run deploy:ministack prints a line that signs somebody up, and each job succeeds", async () => {
  const url = await printed(ministack, /Errand is deployed to (\S+)/);
  const flow = await signUpBy(await printed(ministack, /^ *(curl .*sign-ups.*)$/m), url);
  const seconds = (performance.now() - startedAt) / 1000;
  process.stdout.write(
    `MiniStack, from the command to the first finished sign-up: ${seconds.toFixed(0)} s\n`,
  );
  expect(flow.jobs.map(({ status }) => status)).toEqual(["succeeded", "succeeded", "succeeded"]);
});

test("npm run deploy:localstack deploys what LocalStack can run, and its line signs somebody up", async () => {
  // No Docker here: MiniStack has the REST API and SES v1 as well, by which LocalStack's deploy goes.
  const deploy = type("npm run deploy:localstack -- -c stage=test", { AWS_ENDPOINT_URL: endpoint });
  expect([await deploy.ended, deploy.output()]).toEqual([0, expect.stringContaining("/_aws/ses")]);
  const url = await printed(deploy, /Errand is deployed to (\S+)/);
  const flow = await signUpBy(await printed(deploy, /^ *(curl .*sign-ups.*)$/m), url);
  expect(flow.jobs.map(({ status }) => status)).toEqual(["succeeded", "succeeded", "succeeded"]);
});

test("npm run deploy:localstack says what to start where nothing answers", async () => {
  const deploy = type("npm run deploy:localstack", { AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
  expect(await deploy.ended).toBe(1);
  expect(deploy.output()).toContain("LocalStack: an answer at http://127.0.0.1:1 (docker compose up");
});

test("npm run deploy:ministack -- --enforce-iam prints lines that trust its certificate", async () => {
  const enforcing = type("exec npm run deploy:ministack -- --port 0 --enforce-iam");
  await printed(enforcing, /(Ctrl-C stops it)/);
  const paste = type(await printed(enforcing, /^ *(curl .*sign-ups.*)$/m));
  expect(await paste.ended).toBe(0);
  const { flow, token } = JSON.parse(/^\{"flow".*$/m.exec(paste.output())?.[0] ?? "");
  const line = (await printed(enforcing, /^ *flow +(curl .*), both from/m))
    .replace("<id>", flow.id)
    .replace("<token>", token);
  const view = await eventually(
    async () => {
      const look = type(line);
      expect(await look.ended).toBe(0);
      const [found = ""] = /\{"id".*$/m.exec(look.output()) ?? [];
      return found.includes('"status":"running"') || found.includes('"queued"') ? undefined : found;
    },
    { pollMs: 500 },
  );
  expect(view).toContain('"status":"succeeded"');
  const mails = type(await printed(enforcing, /^ *mails +(curl .*)$/m));
  expect(await mails.ended).toBe(0);
  expect(mails.output()).toContain("zoe@example.com");
  enforcing.child.kill("SIGINT");
  expect(await enforcing.ended).toBe(0);
});

test("npm run deploy:ministack takes no port on which another answers", async () => {
  const { port } = new URL(endpoint);
  const second = type(`npm run deploy:ministack -- --port ${port}`);
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain(`--port: one that is free, got ${port} (EADDRINUSE)`);
});

test("npm run deploy:ministack ends at Ctrl-C, with all that it started", async () => {
  const started = emulatorOf(ministack);
  expect(started).not.toEqual([]);
  ministack.child.kill("SIGINT");
  expect(await ministack.ended).toBe(0);
  expect(stillRunning(started)).toEqual([]);
});

test("npm run deploy:ministack ends at Ctrl-C while it deploys, with all that it started", async () => {
  const early = type("exec npm run deploy:ministack -- --port 0");
  await printed(early, /(errand-dev-data: )/);
  const started = emulatorOf(early);
  expect(started).not.toEqual([]);
  early.child.kill("SIGINT");
  expect(await early.ended).toBe(0);
  expect(stillRunning(started)).toEqual([]);
});

test("npm run deploy:ministack fails where its emulator dies, and says how", async () => {
  const dying = type("exec npm run deploy:ministack -- --port 0");
  await printed(dying, /(Ctrl-C stops it)/);
  for (const { id } of emulatorOf(dying)) process.kill(id, "SIGKILL");
  expect(await dying.ended).toBe(1);
  expect(dying.output()).toContain(
    "MiniStack: a program that runs until it is stopped, got exit code SIGKILL",
  );
});

interface Running {
  readonly id: number;
  readonly parent: number;
  readonly command: string;
}

function allRunning(): readonly Running[] {
  const { stdout } = spawnSync("ps", ["-axo", "pid=,ppid=,args="], { encoding: "utf8" });
  return [...stdout.matchAll(/^ *(\d+) +(\d+) (.*)$/gm)].map(([, id, parent, command = ""]) => ({
    ...{ id: Number(id), parent: Number(parent), command },
  }));
}

/** The processes of the emulator that a command has started, the functions' included; of the same installation others may run beside it. */
function emulatorOf({ child }: ReturnType<typeof type>): readonly Running[] {
  const all = allRunning();
  const below = (parent: number | undefined): readonly Running[] =>
    all.filter((each) => each.parent === parent).flatMap((each) => [each, ...below(each.id)]);
  return below(child.pid).filter(({ command }) => command.includes(resolve(".errand/ministack")));
}

/** Which of them still run. */
function stillRunning(those: readonly Running[]): readonly Running[] {
  return allRunning().filter(({ id, command }) =>
    those.some((each) => each.id === id && each.command === command),
  );
}
