import { describe, expect, test } from "@jest/globals";
import { InvalidInputError } from "../../shared/catalog/violation.ts";
import { createProducer } from "../../shared/producer/producer.ts";
import { IdempotencyConflictError } from "../../shared/producer/start-errors.ts";
import { createEngine, mail, signUp, zoe } from "../support/engine.ts";

const idempotencyKey = "0123456789abcdef";
const webhook = "https://example.com/errand?of=zoe";

async function violationsOf(notify: unknown, localWebhooks = false) {
  const engine = createEngine();
  const producer = createProducer({ ...engine.ports, localWebhooks });
  const error: unknown = await producer
    .start(signUp, zoe, { notify: notify as { webhook: string } })
    .catch((e) => e);
  expect(engine.queue.calls).toEqual([]);
  expect(error).toBeInstanceOf(InvalidInputError);
  return (error as InvalidInputError).message;
}

describe("a webhook that a request asks for", () => {
  test("is recorded on its flow, also of a pushed job, and no other flow has any", async () => {
    const engine = createEngine();
    const producer = createProducer(engine.ports);
    const asking = await producer.start(signUp, zoe, { notify: { webhook } });
    const pushed = await producer.push(mail, zoe, { notify: { webhook } });
    const other = await producer.start(signUp, zoe);
    expect((await engine.recorded(asking.flow.id))?.notify).toBe(webhook);
    expect((await engine.recorded(pushed.flow.id))?.notify).toBe(webhook);
    expect(await engine.recorded(other.flow.id)).not.toHaveProperty("notify");
  });

  test("is kept as the URL standard writes it, and never sent along", async () => {
    const engine = createEngine();
    const notify = { webhook: "HTTPS://Exämple.com:443/a b" };
    const { flow } = await createProducer(engine.ports).start(signUp, zoe, { notify });
    expect((await engine.recorded(flow.id))?.notify).toBe("https://xn--exmple-cua.com/a%20b");
    expect(JSON.stringify(engine.queue.sentTo("dispatch"))).not.toContain("exmple");
    expect(JSON.stringify(engine.events)).not.toContain("exmple");
  });

  test("is part of what an idempotency key stands for", async () => {
    const { ports } = createEngine();
    const producer = createProducer(ports);
    const start = (notify?: { webhook: string }) => producer.start(signUp, zoe, { idempotencyKey, notify });
    const first = await start({ webhook });
    expect(await start({ webhook })).toMatchObject({ replayed: true, flow: { id: first.flow.id } });
    for (const other of [undefined, { webhook: `${webhook}2` }])
      await expect(start(other)).rejects.toBeInstanceOf(IdempotencyConflictError);
  });

  test("leaves the hash of who asks for none as it was before there were any", async () => {
    const engine = createEngine();
    const { flow } = await createProducer(engine.ports).start(signUp, zoe);
    expect((await engine.recorded(flow.id))?.bodyHash).toBe("YUZH5qXfYcskraK-MJbOYw");
  });

  test.each<[string, unknown, string]>([
    ["no object", webhook, `notify: an object with webhook, got "${webhook}"`],
    ["null", null, "notify: an object with webhook, got null"],
    ["a list", [webhook], `notify: an object with webhook, got ["${webhook}"]`],
    ["without a webhook", {}, "notify.webhook: a field that must be there, got nothing"],
    ["with no text", { webhook: 7 }, "notify.webhook: a text, got 7"],
    [
      "with another field",
      { webhook, mail: true },
      "notify.mail: no such field (there is webhook), got true",
    ],
  ])("is refused that is %s", async (_, notify, message) => {
    expect(await violationsOf(notify)).toBe(message);
  });

  test.each([
    ["http://example.com/", "an https URL"],
    ["javascript:alert(1)", "an https URL"],
    ["example.com", "an https URL"],
    ["", "an https URL"],
    ["https://zoe:secret@example.com/", "a URL without user and password"],
    ["https://example.com/#part", "a URL without a fragment"],
    ["https://example.com:22/", "port 443 or 8443"],
    ["https://intranet/", "a whole domain name"],
    ["http://127.0.0.1/", "an https URL"],
    ["https://127.0.0.1/", "a public address, not loopback"],
    ["http://localhost:3000/", "an https URL"],
  ])("is refused where nothing may be posted: %s", async (text, rule) => {
    expect(await violationsOf({ webhook: text })).toBe(`notify.webhook: ${rule}, got "${text}"`);
  });

  test("is told beside the operator's endpoints, of which the record has no more than that there are some", async () => {
    const engine = createEngine();
    const producer = createProducer({ ...engine.ports, tellsDefaults: true });
    const asking = await producer.start(signUp, zoe, { notify: { webhook } });
    const silent = await producer.start(signUp, zoe);
    expect(await engine.recorded(asking.flow.id)).toMatchObject({ notify: webhook, notifyDefaults: true });
    expect(await engine.recorded(silent.flow.id)).toMatchObject({ notifyDefaults: true });
    expect(await engine.recorded(silent.flow.id)).not.toHaveProperty("notify");
  });

  test("and whether there are such is no part of what an idempotency key stands for", async () => {
    const { ports } = createEngine();
    const start = (tellsDefaults: boolean) =>
      createProducer({ ...ports, tellsDefaults }).start(signUp, zoe, { idempotencyKey });
    const { flow } = await start(true);
    expect(await start(false)).toMatchObject({ replayed: true, flow: { id: flow.id } });
  });

  test("has 500 bytes at the most, as they are written in a URL", async () => {
    const of = (length: number) => ({ webhook: `https://example.com/${"x".repeat(length - 20)}` });
    const producer = createProducer(createEngine().ports);
    expect(await producer.start(signUp, zoe, { notify: of(500) })).toMatchObject({ replayed: false });
    expect(await violationsOf(of(501))).toContain("notify.webhook: at most 500 bytes, got");
    expect(await violationsOf({ webhook: `https://example.com/${"é".repeat(100)}` })).toContain(
      "at most 500 bytes",
    );
  });

  test("may be on this machine and by http where that was allowed, and on no other by http", async () => {
    const engine = createEngine();
    const producer = createProducer({ ...engine.ports, localWebhooks: true });
    for (const local of [
      "http://127.0.0.1:8080/",
      "http://localhost:1/a",
      "http://[::1]/",
      "http://0x7f.1/",
    ]) {
      const { flow } = await producer.start(signUp, zoe, { notify: { webhook: local } });
      expect((await engine.recorded(flow.id))?.notify).toBe(new URL(local).href);
    }
    for (const other of [
      "http://10.0.0.1/",
      "http://localhost.example.com/",
      "http://127.0.0.1.example.com/",
    ])
      expect(await violationsOf({ webhook: other }, true)).toContain("an https URL");
  });
});
