import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { createInterface, type Interface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";
import { newMasterSecret, originSecrets } from "../../shared/webhook/origin-secret.ts";
import { webhookHeaders } from "../../shared/webhook/signature.ts";

const [secret = ""] = originSecrets(newMasterSecret(createSeededEntropy(1)), "https://hooks.example.com", 0);
const body = JSON.stringify({
  type: "flow.succeeded",
  timestamp: "2026-01-01T00:00:00Z",
  data: { id: "flow-é" },
});
let child: ChildProcess;
let lines: Interface;
const printed: string[] = [];
let port: number;

beforeAll(async () => {
  child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "examples/webhook-receiver.ts"], {
    env: { ...process.env, WEBHOOK_SECRET: secret, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const [line] = (await once(lines, "line")) as [string];
  lines.on("line", (each) => printed.push(each));
  port = Number(line.replace("listening on ", ""));
});
afterAll(async () => {
  lines.close();
  child.kill("SIGTERM");
  await once(child, "exit");
});

function send(headers: Readonly<Record<string, string>>, text = body): Promise<number | undefined> {
  const outgoing = request({ port, host: "127.0.0.1", method: "POST", headers, agent: false });
  outgoing.end(text);
  return once(outgoing, "response").then(([answer]) => {
    answer.resume();
    return answer.statusCode;
  });
}

const signed = (id: string, now = Date.now(), secrets = [secret]) =>
  webhookHeaders({ id, now, body, secrets });

test("the receiver of the guide takes what was signed, tells it once, and refuses everything else", async () => {
  expect(await send(signed("a"))).toBe(204);
  // A repeat, as after an answer that got lost.
  expect(await send(signed("a"))).toBe(204);
  expect(await send(signed("b"), body.replace("é", "e"))).toBe(400);
  expect(await send(signed("c", Date.now() - 6 * 60_000))).toBe(400);
  expect(await send({ ...signed("d"), "webhook-id": "e" })).toBe(400);
  expect(await send({})).toBe(400);
  const [other = ""] = originSecrets(newMasterSecret(createSeededEntropy(2)), "https://hooks.example.com", 0);
  expect(await send(signed("f", Date.now(), [other]))).toBe(400);
  // While secrets are rotated.
  expect(await send(signed("g", Date.now(), [other, secret]))).toBe(204);
  expect(printed).toEqual(["flow-é: flow.succeeded", "flow-é: flow.succeeded"]);
});
