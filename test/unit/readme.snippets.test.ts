import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { createHandler, sendInvoice } from "../../examples/send-invoice.ts";
import { defineCatalog } from "../../shared/catalog/catalog.ts";
import { standardProfile } from "../../shared/catalog/queue-settings.ts";
import { createClaimCheck } from "../../shared/claim-check/claim-check.ts";
import { createMemoryPayloadStore } from "../../shared/claim-check/memory-payload-store.ts";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";
import { createVirtualClock } from "../../shared/clock/virtual-clock.ts";
import { createConsumer } from "../../shared/consumer/consumer.ts";
import { createDispatcher } from "../../shared/dispatcher/dispatcher.ts";
import { createLedger } from "../../shared/ledger/ledger.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import { createProducer } from "../../shared/producer/producer.ts";
import { createMemoryQueue } from "../../shared/queue/memory-queue.ts";
import { deadLetterQueue, dispatchQueue } from "../../shared/queue/queue.ts";

const root = new URL("../../", import.meta.url);
const readme = readFileSync(new URL("README.md", root), "utf8");

test("the README's typed job is the example that is compiled and run", () => {
  const [, snippet] = /```ts\n(import[\s\S]*?)```/.exec(readme) ?? [];
  expect(snippet).toBe(readFileSync(new URL("examples/send-invoice.ts", root), "utf8"));
});

test("every npm script that the README names exists", () => {
  const { scripts } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { scripts: object };
  const named = [...readme.matchAll(/npm run ([a-z:]+)/g)].map(([, script]) => script as string);
  expect(named.length).toBeGreaterThan(0);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
});

test("the README's job, pushed, sends its mail once with the job's id and succeeds", async () => {
  const clock = createVirtualClock();
  const entropy = createSeededEntropy(1);
  const catalog = defineCatalog({ flows: [], jobs: [sendInvoice] });
  const queues = [dispatchQueue, sendInvoice.name].flatMap((name) => [name, deadLetterQueue(name)]);
  const queue = createMemoryQueue({ queues, clock, entropy });
  const ledger = createLedger({ table: createMemoryTable(), clock });
  const claimCheck = createClaimCheck({ store: createMemoryPayloadStore() });
  const ports = {
    catalog,
    ledger,
    queue,
    claimCheck,
    clock,
    entropy,
    log: () => {},
    profile: standardProfile,
  };
  const sent: string[][] = [];
  const handler = createHandler(async (...mail) => {
    sent.push(mail);
    return "sent";
  });

  const { flow } = await createProducer(ports).push(sendInvoice, { order: "7", to: "zoe@example.com" });
  await createDispatcher(ports).process(queue.receive(dispatchQueue, { max: 10, visibilitySeconds: 60 }));
  const consumer = createConsumer({ ...ports, job: sendInvoice, handler, onStuck: () => {} });
  await consumer.process(queue.receive(sendInvoice.name, { max: 10, visibilitySeconds: 60 }), () => 60_000);

  expect(sent).toEqual([["zoe@example.com", "Your order 7", `${flow.id}.send-invoice`]]);
  expect((await ledger.read(flow.id))?.jobs["send-invoice"]?.status).toBe("succeeded");
});
