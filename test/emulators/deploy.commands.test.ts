import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import { eventually } from "../support/eventually.ts";
import { createHttpClient } from "../support/http-client.ts";

/** As on a new machine: an installation, two deploys. */
const limitMs = 300_000;

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
}, limitMs);
afterAll(async () => {
  ministack.child.kill("SIGINT");
  await ministack.ended;
});

test(
  "npm run deploy:ministack prints a line that signs somebody up, and each job succeeds",
  async () => {
    const url = await printed(ministack, /Errand is deployed to (\S+)/);
    const flow = await signUpBy(await printed(ministack, /^ *(curl -i .*)$/m), url);
    const seconds = (performance.now() - startedAt) / 1000;
    process.stdout.write(
      `MiniStack, from the command to the first finished sign-up: ${seconds.toFixed(0)} s\n`,
    );
    expect(flow.jobs.map(({ status }) => status)).toEqual(["succeeded", "succeeded", "succeeded"]);
  },
  limitMs,
);

test(
  "npm run deploy:localstack deploys what LocalStack can run, and its line signs somebody up",
  async () => {
    // No Docker here: MiniStack has the REST API and SES v1 as well, by which LocalStack's deploy goes.
    const deploy = type("npm run deploy:localstack -- -c stage=test", { AWS_ENDPOINT_URL: endpoint });
    expect([await deploy.ended, deploy.output()]).toEqual([0, expect.stringContaining("/_aws/ses")]);
    const url = await printed(deploy, /Errand is deployed to (\S+)/);
    const flow = await signUpBy(await printed(deploy, /^ *(curl -i .*)$/m), url);
    expect(flow.jobs.map(({ status }) => status)).toEqual(["succeeded", "succeeded", "succeeded"]);
  },
  limitMs,
);

test(
  "npm run deploy:localstack says what to start where nothing answers",
  async () => {
    const deploy = type("npm run deploy:localstack", { AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
    expect(await deploy.ended).toBe(1);
    expect(deploy.output()).toContain("LocalStack: an answer at http://127.0.0.1:1 (docker compose up");
  },
  limitMs,
);

test(
  "npm run deploy:ministack ends at Ctrl-C, with all that it started",
  async () => {
    ministack.child.kill("SIGINT");
    expect(await ministack.ended).toBe(0);
    const http = createHttpClient(endpoint);
    await expect(http.call("/_ministack/ready")).rejects.toThrow("ECONNREFUSED");
    http.close();
  },
  limitMs,
);
