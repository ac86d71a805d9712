import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parsePointer } from "../../shared/claim-check/pointer.ts";
import { createDispatcher } from "../../shared/dispatcher/dispatcher.ts";
import { parseAddress } from "../../shared/envelope/address.ts";
import { envelopeVersion } from "../../shared/envelope/envelope.ts";
import { parseNotice } from "../../shared/notification/notice.ts";
import type { OutgoingMessage, ReceivedMessage } from "../../shared/queue/queue.ts";
import { parseProbe } from "../../shared/webhook/probe-message.ts";
import {
  checkAddress,
  closeAddress,
  flowId,
  flowRecord,
  notifyAddress,
  runAddress,
  sendAddress,
  start,
  startAddress,
} from "../support/builders.ts";
import { consume } from "../support/consuming.ts";
import { createEngine, mail } from "../support/engine.ts";

/** Messages as each version wrote them, a folder a version; in `newer`, of one that this code can't know. */
const folder = new URL("golden/envelopes/", import.meta.url);
const versions = readdirSync(folder).filter((version) => version !== "newer");

function read(version: string, name: string): OutgoingMessage {
  return JSON.parse(readFileSync(new URL(`${version}/${name}`, folder), "utf8"));
}

/** Of one kind, each with its folder. */
function named(kind: string, folders: readonly string[]) {
  return folders.flatMap((version) =>
    readdirSync(new URL(version, folder))
      .filter((name) => name.startsWith(kind))
      .map((name) => [version, name] as const),
  );
}

/** The message as it is received, with what it refers to in the store and its flow in the ledger. */
async function deliver(version: string, name: string) {
  const outgoing = read(version, name);
  const engine = createEngine();
  const record = flowRecord({ mail: { run: Number(outgoing.attributes["run"] ?? 0) || 0 }, pdf: {} });
  await engine.given(record);
  const pointer = parsePointer(outgoing.body);
  if (pointer) await engine.store.put(pointer.key, Buffer.from(read(version, "start-inline.json").body));
  const message: ReceivedMessage = { ...outgoing, id: "m", receipt: "r", receiveCount: 1, sentAt: start };
  return { engine, message, record };
}

test("the version that is written has its golden files", () => {
  expect(versions).toContain(String(envelopeVersion));
});

describe("a message of version", () => {
  test.each([
    ...named("run", versions).map((file) => [...file, runAddress] as const),
    ...named("start", versions).map((file) => [...file, startAddress] as const),
    ...named("check", versions).map((file) => [...file, checkAddress] as const),
    ...named("close", versions).map((file) => [...file, closeAddress] as const),
    ...named("send", versions).map((file) => [...file, sendAddress] as const),
    ...named("notify", versions).map((file) => [...file, notifyAddress] as const),
  ])("%s, %s, is for what it always was", (version, name, address) => {
    const again = name.includes("again") ? { again: true } : {};
    const run = /^(run-offloaded-again|send-offloaded)\.json$/.test(name) ? { run: 2 } : {};
    expect(parseAddress(read(version, name).attributes)).toEqual({ ...address, ...again, ...run });
  });

  test.each(named("run", versions))("%s, %s, is run with the input that it always meant", async (...file) => {
    const { engine, message } = await deliver(...file);
    const inputs: unknown[] = [];
    const handler = async (input: unknown) => void inputs.push(input);
    expect(await consume(engine, mail, [message], { handler })).toEqual({ failed: [], ran: 1 });
    expect(inputs).toEqual([{ email: "zoe@example.com", name: "Zoë 😀" }]);
    expect(await engine.job("mail")).toMatchObject({ status: "succeeded" });
  });

  test.each(named("start", versions))(
    "%s, %s, is fanned out, and its flow checked later",
    async (...file) => {
      const { engine, message } = await deliver(...file);
      expect(await createDispatcher(engine).process([message])).toEqual([]);
      expect(engine.queue.calls.map(({ queue }) => queue).sort()).toEqual(["dispatch", "mail", "pdf"]);
    },
  );

  test.each(named("check", versions))("%s, %s, takes the flow's turn", async (...file) => {
    const { engine, message } = await deliver(...file);
    expect(await createDispatcher(engine).process([message])).toEqual([]);
    expect(await engine.recorded()).toMatchObject({ checkedAt: start, checkedBy: "check-message" });
  });
});

test.each(named("close", versions))("%s, %s, takes the turn of its own", async (...file) => {
  const { engine, message } = await deliver(...file);
  expect(await createDispatcher(engine).process([message])).toEqual([]);
  expect(await engine.recorded()).toMatchObject({ closingAt: start, closingBy: "close-message" });
});

test.each(named("send", versions))("%s, %s, goes on to its job's queue", async (...file) => {
  const { engine, message } = await deliver(...file);
  expect(await createDispatcher(engine).process([message])).toEqual([]);
  expect(engine.queue.sentTo("mail")).toMatchObject([
    { body: message.body, attributes: { errand: "run/1" } },
  ]);
});

test.each([
  ["notify-end.json", { flow: flowId, epoch: 2 }],
  ["notify-change.json", { flow: flowId, key: "mail", run: 1, version: 7 }],
])("the notice %s of each version says what it always said", (name, notice) => {
  for (const version of versions) expect(parseNotice(read(version, name))).toEqual(notice);
});

test("the probe of each version says what it always said", () => {
  const probe = { id: "probe-message", line: "https://hooks.example.com" };
  for (const version of versions) expect(parseProbe(read(version, "probe.json"))).toEqual(probe);
});

describe("a message of a newer deploy is hidden as it came, spends nothing and leaves no letter:", () => {
  test.each([...named("run", ["newer"]), ...named("start", ["newer"]), ...named("check", ["newer"])])(
    "%s, %s",
    async (version, name) => {
      const { engine, message, record } = await deliver(version, name);
      engine.store.get = () => Promise.reject(new Error("nothing of it is loaded"));
      // The least that jitter makes of a minute: half of it.
      engine.entropy.bytes = (count) => new Uint8Array(count);
      const isRun = name.startsWith("run");
      const failed = isRun
        ? (await consume(engine, mail, [message])).failed
        : await createDispatcher(engine).process([message]);
      expect(failed).toEqual([message.id]);
      expect(engine.queue.hidden).toEqual([[isRun ? "mail" : "dispatch", message.id, isRun ? 30 : 60]]);
      expect(engine.queue.calls).toEqual([]);
      expect(await engine.recorded()).toEqual(record);
    },
  );
});
