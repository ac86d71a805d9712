import { describe, expect, test } from "@jest/globals";
import { failed } from "../../infra/operator/commands/failed.ts";
import { holds } from "../../infra/operator/commands/holds.ts";
import { pause, resume } from "../../infra/operator/commands/pause.ts";
import { redrive } from "../../infra/operator/commands/redrive.ts";
import { show } from "../../infra/operator/commands/show.ts";
import {
  enableWebhook,
  rotateWebhookSecrets,
  webhookSecret,
} from "../../infra/operator/commands/webhooks.ts";
import type { Service } from "../../infra/operator/open-service.ts";
import { strangerLetter } from "../../shared/envelope/dead-letter.ts";
import { flowView } from "../../shared/flow/flow-view.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import { disableEndpoint } from "../../shared/webhook/endpoints.ts";
import type { MasterSecretStore } from "../../shared/webhook/master-secret.ts";
import { newMasterSecret, rotated } from "../../shared/webhook/origin-secret.ts";
import type { WebhookItem } from "../../shared/webhook/records.ts";
import { failedSignUp } from "../support/redriving.ts";

const everything = { jobs: [], queue: undefined, error: undefined };
const silent = {
  progress: { found: () => {}, step: () => {}, stop: () => {} },
  signal: new AbortController().signal,
};

/** A sign-up whose mail has failed, as its operator reaches it. Rates are so high that no time must pass. */
async function operated() {
  const fixture = await failedSignUp();
  const switched: [string, boolean][] = [];
  const service: Service = {
    ...fixture.redrivePorts,
    breakers: fixture.ports.breakers,
    catalog: fixture.catalog,
    queues: ["dispatch", "mail", "pdf"],
    dependencies: ["smtp"],
    webhookItems: createMemoryTable<WebhookItem>(),
    webhookSecrets: createMemorySecrets(fixture.redrivePorts),
    eventSources: { set: async (queue, enabled) => void switched.push([queue, enabled]) },
  };
  const id = `${fixture.flow}.mail`;
  const redriveNow = (selection = {}, dryRun = false) =>
    redrive(service, { selection: { ...everything, ...selection }, perSecond: 1e9, dryRun }, silent);
  return { ...fixture, service, id, switched, redriveNow };
}

/** As the stores do it, in memory. */
function createMemorySecrets({ entropy, clock }: Pick<Service, "entropy" | "clock">): MasterSecretStore {
  let secret = newMasterSecret(entropy);
  return {
    read: async () => secret,
    rotate: async (options) => {
      secret = rotated(secret, entropy, clock.now(), options);
      return secret;
    },
  };
}

const lines = (text: string) => text.split("\n").map((line) => line.trimEnd().split(/ {2,}/));

describe("failed", () => {
  test("says that there are none", async () => {
    const { service } = await operated();
    const { text, json, done } = await failed(service, { ...everything, queue: "pdf" });
    expect([text, json, done]).toEqual(["No dead letters.\n", { letters: [] }, true]);
  });

  test("has the letters by queue and reason, then each of them, and no input", async () => {
    const { service, id, signUp, queue } = await operated();
    await signUp();
    await queue.send("dispatch-dead-letters", [strangerLetter({ body: "hello" }, "errand: no envelope")]);
    const { text, json } = await failed(service, everything);
    const at = "2026-01-01 00:00:00Z";
    expect(lines(text).slice(0, 3)).toEqual([
      ["LETTERS", "QUEUE", "FIRST", "LAST", "REASON"],
      ["", "2", "mail", at, at, "no such mailbox"],
      ["", "1", "dispatch", at, at, "errand: no envelope"],
    ]);
    expect(lines(text)).toContainEqual([id, "0", "1", at]);
    expect(text).toContain("(no job, in dispatch)");
    expect(JSON.stringify([text, json])).not.toMatch(/zoe|hello/i);
    expect(json).toMatchObject({
      letters: expect.arrayContaining([
        expect.objectContaining({
          queue: "mail",
          job: id,
          run: 0,
          attempts: 1,
          lastAt: "2026-01-01T00:00:00.000Z",
        }),
      ]),
    });
  });

  test.each([
    [{ queue: "mail" }, 1],
    [{ error: "mailbox" }, 1],
    [{ error: "no envelope" }, 1],
    [{ queue: "mail", error: "no envelope" }, 0],
  ])("has those that are selected: %j", async (selection, count) => {
    const { service, queue } = await operated();
    await queue.send("dispatch-dead-letters", [strangerLetter({ body: "hello" }, "errand: no envelope")]);
    const { json } = await failed(service, { ...everything, ...selection });
    expect((json as { letters: unknown[] }).letters).toHaveLength(count);
  });

  test("tells the latest of many, and how many are earlier", async () => {
    const { service, signUp } = await operated();
    for (let more = 0; more < 34; more++) await signUp();
    const { text } = await failed(service, everything);
    expect(text).toContain("And 5 earlier: --json has all of them.");
  });

  test("refuses a queue that the service hasn't", async () => {
    const { service } = await operated();
    await expect(failed(service, { ...everything, queue: "post" })).rejects.toThrow(
      '--job: one of dispatch, mail, pdf, got "post"',
    );
  });

  test("lets nobody's words steer the terminal", async () => {
    const { service, queue } = await operated();
    await queue.send("pdf-dead-letters", [{ body: "x", attributes: { error: "a\u009b2Jb\u202ec" } }]);
    expect((await failed(service, everything)).text).toContain("a?2Jb?c");
  });
});

describe("show", () => {
  test("has what the ledger knows of the job, its flow and its letter, and no personal data", async () => {
    const { service, id } = await operated();
    const { text, json, done } = await show(service, id, { input: false });
    for (const words of [
      /^status +failed$/m,
      /^reason +no such mailbox$/m,
      /^letter +of run 0, in mail's dead letters since 2026-01-01 00:00:00Z: no such mailbox$/m,
      /^flow +sign-up, failed$/m,
      /^pdf +succeeded +0 +1$/m,
    ]) {
      expect(text).toMatch(words);
    }
    expect(json).toMatchObject({
      job: { name: "mail", status: "failed", finishedAt: "2026-01-01T00:00:00.000Z" },
      letter: { run: 0, error: "no such mailbox" },
      flow: { name: "sign-up", status: "failed", redrives: 0 },
    });
    expect([done, JSON.stringify([text, json])]).toEqual([true, expect.not.stringMatching(/zoe|token/i)]);
  });

  test("has the flow as its status shows it, and of a result what is public", async () => {
    const { service, id, flow, catalog } = await operated();
    const { text, json } = await show(service, id, { input: false });
    const record = await service.ledger.read(flow);
    if (!record) throw new Error("a flow");
    const view = flowView(record, catalog);
    expect(json).toMatchObject({ flow: view });
    expect(view).toMatchObject({ version: expect.any(Number), jobs: expect.any(Array) });
    expect(text).toMatch(new RegExp(`^version +${view.version}$`, "m"));
    expect([text.includes("ORIGIN"), JSON.stringify(json)]).toEqual([
      false,
      expect.not.stringContaining("deliveries"),
    ]);
  });

  test("has where the notification stands that its request asked for, by its origin alone", async () => {
    const { service, signUp } = await operated();
    const flow = await signUp({ notify: { webhook: "https://hooks.example.com/secret-path" } });
    const shown = await show(service, `${flow}.mail`, { input: true });
    expect(shown.json).toMatchObject({
      flow: { deliveries: [{ origin: "https://hooks.example.com", state: "waiting", attempts: 0 }] },
    });
    expect(lines(shown.text)).toContainEqual(["https://hooks.example.com", "waiting", "0"]);
    expect(JSON.stringify(shown)).not.toContain("secret-path");
  });

  test("has the input where it is asked for", async () => {
    const { service, id } = await operated();
    const { text, json } = await show(service, id, { input: true });
    expect(text).toContain('{"email":"zoe@example.com","name":"Zoë"}');
    expect(json).toMatchObject({ job: { input: { email: "zoe@example.com" } } });
  });

  test("says where the input can't be read, and has all else", async () => {
    const { service, id, queue } = await operated();
    const [letter] = queue.receive("mail-dead-letters", { max: 1, visibilitySeconds: 1 });
    if (letter) queue.remove("mail-dead-letters", letter.receipt);
    await queue.send("mail-dead-letters", [{ body: "hello", attributes: letter?.attributes ?? {} }]);
    const { text, done } = await show(service, id, { input: true });
    expect([done, text]).toEqual([
      true,
      expect.stringContaining("can't be read: body: JSON, got something else"),
    ]);
  });

  test("refuses a job that the ledger hasn't", async () => {
    const { service, flow } = await operated();
    await expect(show(service, `${flow}.post`, { input: false })).rejects.toThrow(
      `job: one that the ledger has, got ${flow}.post`,
    );
  });
});

describe("redrive", () => {
  test("is done where each letter was dealt with", async () => {
    const { redriveNow, id, mend, workAll, ports, flow } = await operated();
    mend();
    const { text, json, done } = await redriveNow({ jobs: [id] });
    expect(done).toBe(true);
    expect(lines(text)).toContainEqual(["redriven", id, "run 1"]);
    expect(text).toContain("1 redriven, 0 returned, 0 dropped, 0 left, 0 failed\n");
    expect(json).toEqual({
      ...{ dryRun: false, stopped: false, notFound: [] },
      letters: [
        { queue: "mail", job: id, letterOfRun: 0, error: "no such mailbox", outcome: "redriven", run: 1 },
      ],
    });
    await workAll();
    expect((await ports.ledger.read(flow))?.jobs["mail"]?.status).toBe("succeeded");
  });

  test("isn't done where a job that was named has no letter, or is unknown", async () => {
    const { redriveNow, id, flow } = await operated();
    const others = [`${flow}.pdf`, `${"0".repeat(26)}.mail`];
    const { text, json, done } = await redriveNow({ jobs: [id, ...others] });
    expect([done, json]).toMatchObject([false, { notFound: others }]);
    expect(text).toContain("2 not found");
  });

  test("isn't done where a letter can't be redriven, and says why", async () => {
    const { redriveNow, queue } = await operated();
    await queue.send("mail-dead-letters", [strangerLetter({ body: "hello" }, "no")]);
    const { text, done } = await redriveNow({ queue: "mail" });
    expect(done).toBe(false);
    expect(lines(text)).toContainEqual([
      "left",
      "(no job, in mail)",
      "errand: <kind>/<version>, got nothing",
    ]);
    expect(text).toContain("1 redriven, 0 returned, 0 dropped, 1 left, 0 failed");
  });

  test("isn't done where a port refused", async () => {
    const { redriveNow, service } = await operated();
    service.ledger.reopen = () => Promise.reject(new Error("throttled"));
    const { text, done } = await redriveNow({ error: "mailbox" });
    expect([done, text]).toEqual([false, expect.stringContaining("throttled")]);
  });

  test("says what would become of letters, and does nothing", async () => {
    const { redriveNow, letters } = await operated();
    const { text, json, done } = await redriveNow({}, true);
    expect(text).toContain("Nothing was done: this is what would become of them.");
    expect([done, json, letters("mail").length]).toMatchObject([true, { dryRun: true }, 1]);
  });
});

describe("holds, pause and resume", () => {
  test("pause stands on the job's breaker and switches its event source off; resume is the reverse", async () => {
    const { service, switched } = await operated();
    expect((await pause(service, "mail")).done).toBe(true);
    expect(await service.breakers.read(["mail"])).toMatchObject([{ pausedAt: expect.any(Number) }]);
    await resume(service, "mail");
    const [after] = await service.breakers.read(["mail"]);
    expect(after).not.toHaveProperty("pausedAt");
    expect(switched).toEqual([
      ["mail", false],
      ["mail", true],
    ]);
  });

  test.each(["dispatch", "post"])("refuse what is no job: %s", async (name) => {
    const { service, switched } = await operated();
    for (const command of [pause, resume]) {
      await expect(command(service, name)).rejects.toThrow(`job: one of mail, pdf, got "${name}"`);
    }
    expect(switched).toEqual([]);
  });

  test("holds has what is open or paused, since when and why, and what each queue holds", async () => {
    const { service, clock } = await operated();
    expect((await holds(service)).text).toContain("Nothing is held: every breaker is closed.");
    await service.breakers.open("smtp", "connection refused");
    await clock.pass(60_000);
    await service.breakers.pause("mail");
    const { text, json } = await holds(service);
    expect(lines(text).slice(0, 3)).toEqual([
      ["BREAKER", "STATE", "SINCE", "LAST PROBE", "REASON"],
      ["smtp", "open", "2026-01-01 00:00:00Z", "2026-01-01 00:00:00Z", "smtp: connection refused"],
      ["mail", "paused", "2026-01-01 00:01:00Z", "mail: paused by an operator"],
    ]);
    // The flow's check, and the letter.
    expect(lines(text)).toContainEqual(["dispatch", "0", "0", "1", "0"]);
    expect(lines(text)).toContainEqual(["mail", "0", "0", "0", "1"]);
    expect(json).toMatchObject({
      breakers: [{ name: "smtp", since: "2026-01-01T00:00:00.000Z" }, { name: "mail" }],
      queues: [{ name: "dispatch", delayed: 1 }, { name: "mail", deadLetters: 1 }, { name: "pdf" }],
    });
  });
});

describe("webhooks", () => {
  const url = new URL("https://hooks.example.com/a");

  test("a receiver's secret is printed alone, the same for each path of its origin, and another after a rotation", async () => {
    const { service } = await operated();
    const { text, json } = await webhookSecret(service, url);
    expect(text).toMatch(/^whsec_[A-Za-z0-9+/]{43}=\n$/);
    expect((await webhookSecret(service, new URL("https://hooks.example.com/b?c"))).text).toBe(text);
    expect(json).toEqual({ origin: "https://hooks.example.com", secret: text.trim(), previous: [] });
    const rotation = await rotateWebhookSecrets(service, { force: false });
    expect(rotation.json).toEqual({ rotated: true, previousUntil: "2026-01-02T00:00:00.000Z" });
    expect((await webhookSecret(service, url)).json).toMatchObject({
      secret: expect.not.stringContaining(text.trim()),
      previous: [text.trim()],
    });
    await expect(rotateWebhookSecrets(service, { force: false })).rejects.toThrow(
      "a day between two rotations",
    );
    expect((await rotateWebhookSecrets(service, { force: true })).done).toBe(true);
  });

  test("an endpoint that has answered 410 is told again, and one that hasn't is not there", async () => {
    const { service } = await operated();
    const endpoint = { table: service.webhookItems, clock: service.clock };
    await disableEndpoint(endpoint, url.href);
    expect(await enableWebhook(service, url)).toMatchObject({
      text: "The endpoint is told again.\n",
      done: true,
    });
    expect(await enableWebhook(service, url)).toMatchObject({
      text: "The endpoint wasn't disabled.\n",
      done: false,
    });
  });
});
