import { expect, test } from "@jest/globals";
import { createProducer } from "../../shared/index.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import { createDeliveryReader } from "../../shared/webhook/read-deliveries.ts";
import type { WebhookItem } from "../../shared/webhook/records.ts";
import { createEngine, signUp, zoe } from "../support/engine.ts";

const operators = "https://operator.example.com/hook?key=s3cr3t";
const read = createDeliveryReader({ table: createMemoryTable<WebhookItem>() });

/** What is told of the deliveries of a flow that was started while that was the default. */
async function shown(defaultWebhook: string | undefined, notify?: { readonly webhook: string }) {
  const engine = createEngine();
  const { flow } = await createProducer({ ...engine.ports, defaultWebhook }).start(signUp, zoe, { notify });
  const record = await engine.recorded(flow.id);
  if (!record) throw new Error("the flow isn't recorded");
  return read(record);
}

test("a request's own webhook is shown by its origin, also where it is the default's very URL", async () => {
  const view = { endpoint: "https://operator.example.com", state: "waiting", attempts: 0 };
  expect(await shown(undefined, { webhook: operators })).toEqual([view]);
  expect(await shown(operators, { webhook: operators })).toEqual([view]);
});

test("the operator's default is shown to nobody, whatever it is changed to: the flow's record says that it was the default", async () => {
  expect(await shown(operators)).toBeUndefined();
  expect(await shown(undefined)).toBeUndefined();
});
