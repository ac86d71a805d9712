import { once } from "node:events";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { WebSocket } from "ws";
import { finished, signUp } from "../support/embedded.ts";
import { eventually } from "../support/eventually.ts";
import type { Answer } from "../support/http-client.ts";
import { LOCAL_CLIENT } from "../support/loopback.ts";
import { startSmtpService } from "../support/mail-services.ts";
import { serveTests } from "../support/serve-tests.ts";
import { attributesOnQueues, everyFile, itemsOf, objectsIn } from "../support/written.ts";

const person = {
  email: "Privata.Persona@geheim.example",
  name: "Nomina Sincera",
  bio: `Vita mea occulta, quam nemo legat. ${"x".repeat(9_000)}`,
};
const keys = ["clavis-occulta-0123456789", "clavis-altera-9876543210"];
/** The path of a webhook may be as good as a password. Nobody has that name (RFC 6761, section 6.4). */
const webhook = "https://receiver.invalid/hooks/secretum-receptoris?sigillum=arcanum";
const secretPath = /secretum|sigillum|arcanum/i;
/** None of these may stand where people are not to be found, in whatever case. */
const personal = /privata|persona\b|geheim|nomina|sincera|vita mea|nemo legat|clavis/i;

const mail = await startSmtpService();
// Metrics are lines of the log, which are written where a service is named.
process.env["ERRAND_SERVICE"] = "errand";
const service = await serveTests("--smtp", `smtp://127.0.0.1:${mail.port}`, "--client-rate", "100");
delete process.env["ERRAND_SERVICE"];
afterAll(() => mail.stop());
let output: string;
const tokens: string[] = [];
const answers: Answer[] = [];

/** Everything that can happen to somebody's data: it goes well, is refused for good, comes again, is offloaded, isn't ours. */
beforeAll(async () => {
  await run({ ...person, notify: { webhook } }, keys[0]);
  await follow();
  // The same person once more: no second mail.
  await run({ ...person, bio: person.bio.repeat(25) }, keys[1]);
  mail.behaviour = `RCPT=550 5.1.1 <refused.${person.email}> ${person.name}: no such mailbox`;
  await run({ ...person, email: `refused.${person.email}` });
  await refusals();
  await strangers();
  // A post to the webhook was tried, and is to be tried again.
  await eventually(async () => (service.output().includes("webhook.retrying") ? true : undefined));
  output = service.output();
}, 60_000);

async function run(body: unknown, key?: string): Promise<void> {
  const accepted = await signUp(service, body, key === undefined ? {} : { "idempotency-key": key });
  const { token, flow } = accepted;
  await finished(service, accepted);
  tokens.push(token);
  const headers = { authorization: `Bearer ${token}` };
  for (const path of ["", "/files/render-receipt/receipt.pdf"])
    answers.push(await service.call(`/flows/${flow.id}${path}`, { headers }));
  // A replay, which gets a token of its own.
  if (key !== undefined) tokens.push((await signUp(service, body, { "idempotency-key": key })).token);
}

/** The first flow by its WebSocket, and a token that is wrong by a letter. */
async function follow(): Promise<void> {
  const [token = ""] = tokens;
  const flow = answers[0] ? String(JSON.parse(answers[0].body.toString()).id) : "";
  const socket = new WebSocket(`ws://127.0.0.1:${service.port}/socket`);
  await once(socket, "open");
  for (const each of [token, `${token.slice(0, -1)}x`]) {
    socket.send(JSON.stringify({ action: "subscribe", flow, token: each }));
    const [data] = (await once(socket, "message")) as [Buffer];
    answers.push({ status: 101, headers: {}, body: data });
  }
  socket.close();
  await once(socket, "close");
}

/** What is refused, by the API or before it. */
async function refusals(): Promise<void> {
  const headers = { "idempotency-key": keys[0] ?? "" };
  const authorization = `Bearer ${tokens[0]}`;
  for (const [path, options] of [
    ["/sign-ups", { method: "POST", json: { ...person, plan: person.name }, headers }],
    ["/sign-ups", { method: "POST", json: { ...person, name: "other" }, headers }],
    ["/flows/06afxg7d5s5qybzc1r1q6m8k2w", { headers: { authorization } }],
    [`/flows/${person.email}`, { headers: { authorization } }],
  ] as const)
    answers.push(await service.call(path, options));
}

/** A message that is no message of ours is set aside. */
async function strangers(): Promise<void> {
  const sqs = new SQSClient({ ...LOCAL_CLIENT, endpoint: service.sqsS3Endpoint });
  for (const queue of ["dispatch", "create-profile"]) {
    const QueueUrl = `${service.sqsS3Endpoint}/000000000000/${queue}`;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(person) }));
  }
  sqs.destroy();
  await eventually(async () => (lettersIn().length >= 3 ? true : undefined));
}

function lettersIn() {
  return attributesOnQueues(service.stateDirectory).filter(({ queue }) => queue.endsWith("-dead-letters"));
}

test("all of that has happened: mail, a refused mail, an offloaded bio, dead letters, a webhook, metrics", async () => {
  expect(mail.mails).toHaveLength(1);
  expect(lettersIn().map(({ queue }) => queue)).toEqual(
    expect.arrayContaining([
      "send-welcome-email-dead-letters",
      "create-profile-dead-letters",
      "dispatch-dead-letters",
    ]),
  );
  const events = [
    "job.succeeded",
    "job.failed",
    "message.dead-lettered",
    "payload.offloaded",
    "webhook.retrying",
    "_aws",
  ];
  for (const event of events) expect(output).toContain(event);
  expect(new Set(tokens).size).toBe(5);
  const ledger = await itemsOf(service, "ledger");
  expect(ledger.filter(({ id }) => /^[0-9a-z]{26}$/.test(String(id)))).toHaveLength(3);
  expect(ledger.filter(({ id }) => String(id).startsWith("daily-limit/"))).toHaveLength(2);
});

describe("a token", () => {
  test("has 256 random bits, and stands nowhere on the disk, not even in what was deleted", () => {
    for (const token of tokens) expect(Buffer.from(token, "base64url")).toHaveLength(32);
    const files = everyFile(service.stateDirectory);
    expect(files.length).toBeGreaterThan(5);
    const found = files.filter(([, bytes]) => tokens.some((token) => bytes.includes(token)));
    expect(found.map(([path]) => path)).toEqual([]);
    // The look itself works: an address is found where it belongs.
    expect(files.filter(([, bytes]) => bytes.includes(person.name)).length).toBeGreaterThan(0);
  });

  test("stands in the ledger by its hash alone", async () => {
    const text = JSON.stringify(await itemsOf(service, "ledger"));
    for (const token of tokens) expect(text).not.toContain(token.slice(0, 12));
  });

  test("stands in no line of the log and in no metric", () => {
    for (const token of tokens) expect(output).not.toContain(token.slice(0, 12));
  });

  test("stands in no URL and no header of an answer, and in no body but that which gives it out", () => {
    expect(answers.map(({ status }) => status).sort()).toEqual([
      101, 101, 200, 200, 200, 303, 303, 303, 404, 404, 422, 422,
    ]);
    for (const { headers, body } of answers) {
      const text = JSON.stringify(headers) + body.toString("latin1");
      for (const token of tokens) expect(text).not.toContain(token.slice(0, 12));
    }
  });
});

test("the path of a webhook stands in no line of the log, no attribute, no answer and no key of an object", () => {
  const attributes = JSON.stringify(attributesOnQueues(service.stateDirectory));
  const objects = JSON.stringify(objectsIn(service.stateDirectory));
  const answered = answers.map(({ headers, body }) => JSON.stringify(headers) + body.toString("latin1"));
  for (const text of [output, attributes, objects, ...answered]) expect(text).not.toMatch(secretPath);
});

describe("a person", () => {
  test("stands in no line of the log and in no metric", () => {
    expect(output.length).toBeGreaterThan(2_000);
    expect(output).not.toMatch(personal);
  });

  test("stands nowhere in the ledger, and not by what was typed as a key", async () => {
    expect(JSON.stringify(await itemsOf(service, "ledger"))).not.toMatch(personal);
  });

  test("stands in no attribute of a message, dead letters included", () => {
    const attributes = attributesOnQueues(service.stateDirectory);
    // The letters, and checks that wait.
    expect(attributes.length).toBeGreaterThan(3);
    expect(JSON.stringify(attributes)).not.toMatch(personal);
  });

  test("stands in no key and no metadata of an object", () => {
    const objects = objectsIn(service.stateDirectory);
    expect(Object.keys(objects).length).toBeGreaterThanOrEqual(5);
    expect(JSON.stringify(objects)).not.toMatch(personal);
  });

  test("stands in no header of an answer, and in none of a status", () => {
    for (const { headers } of answers) expect(JSON.stringify(headers)).not.toMatch(personal);
    const statuses = answers.filter(({ status }) => status === 200);
    for (const { body } of statuses) expect(body.toString()).not.toMatch(personal);
  });
});
