import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { createClaimCheck } from "../../shared/claim-check/claim-check.ts";
import { createMemoryPayloadStore } from "../../shared/claim-check/memory-payload-store.ts";
import { type Address, encodeAddress } from "../../shared/envelope/address.ts";
import { jobLetter, strangerLetter } from "../../shared/envelope/dead-letter.ts";
import { encodeEnvelope, envelopeOf, envelopeVersion } from "../../shared/envelope/envelope.ts";
import { encodeNotice } from "../../shared/notification/notice.ts";
import type { OutgoingMessage } from "../../shared/queue/queue.ts";
import { probeMessage } from "../../shared/webhook/probe-message.ts";
import {
  checkAddress,
  closeAddress,
  envelopeWith,
  flowId,
  jobRecord,
  runAddress,
  sendAddress,
  start,
  startAddress,
} from "../support/builders.ts";

/**
 * What is written, to the byte: messages of older deploys are still in the queues, so a change here needs a new version
 * (docs/changing-a-job.md). `ERRAND_GOLDEN=write npm run jest -- envelope.golden` writes its files.
 */
const whole = envelopeWith({ mail: { email: "zoe@example.com", name: "Zoë 😀" }, pdf: { plan: "pro" } });
const failed = jobRecord({
  status: "failed",
  attempts: 5,
  startedAt: start + 1000,
  finishedAt: start + 2000,
  error: "550 no such mailbox – “zoë”",
});

async function messageOf(address: Address, body: string, thresholdBytes: number): Promise<OutgoingMessage> {
  const attributes = encodeAddress(address);
  const claimCheck = createClaimCheck({ store: createMemoryPayloadStore("payloads"), thresholdBytes });
  const wire = await claimCheck.offload(flowId, body, attributes);
  return { body: wire.body, attributes: { ...attributes, ...wire.attributes } };
}

const body = encodeEnvelope(whole);
const mailBody = encodeEnvelope(envelopeOf(whole, "mail"));
const messages: readonly (readonly [string, () => Promise<OutgoingMessage>])[] = [
  ["start-inline", () => messageOf(startAddress, body, 10_000)],
  ["start-offloaded-again", () => messageOf({ ...startAddress, again: true }, body, 100)],
  ["check-inline", () => messageOf(checkAddress, body, 10_000)],
  ["check-offloaded", () => messageOf(checkAddress, body, 100)],
  ["close", () => messageOf(closeAddress, encodeEnvelope(envelopeWith({})), 10_000)],
  ["send-inline", () => messageOf(sendAddress, mailBody, 10_000)],
  ["send-offloaded", () => messageOf({ ...sendAddress, run: 2 }, body, 100)],
  ["run-inline", () => messageOf(runAddress, mailBody, 10_000)],
  ["run-offloaded-again", () => messageOf({ ...runAddress, run: 2, again: true }, body, 100)],
  ["notify-end", async () => encodeNotice({ flow: flowId, epoch: 2 })],
  ["notify-end-watched", async () => encodeNotice({ flow: flowId, epoch: 2, toWatchers: true })],
  ["notify-change", async () => encodeNotice({ flow: flowId, key: "mail", run: 1, version: 7 })],
  ["probe", async () => probeMessage({ id: "probe-message", line: "https://hooks.example.com" }, 60)],
  [
    "dead-letter-inline",
    async () => jobLetter(await messageOf(runAddress, mailBody, 10_000), runAddress, failed),
  ],
  [
    "dead-letter-offloaded",
    async () => jobLetter(await messageOf(runAddress, body, 100), runAddress, failed),
  ],
  ["dead-letter-stranger", async () => strangerLetter({ body: "hello" }, "body: JSON, got something else")],
];

test.each(messages)("the message %s is what it always was", async (name, create) => {
  const file = new URL(`golden/envelopes/${envelopeVersion}/${name}.json`, import.meta.url);
  const { body: text, attributes } = await create();
  const written = `${JSON.stringify({ body: text, attributes }, undefined, 2)}\n`;
  if (process.env["ERRAND_GOLDEN"] === "write") writeFileSync(file, written);
  expect(written).toBe(readFileSync(file, "utf8"));
});
