import { expect, test } from "@jest/globals";
import { createProducer } from "../../shared/index.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import { deliveryView } from "../../shared/webhook/delivery-view.ts";
import { createDeliveryReader } from "../../shared/webhook/read-deliveries.ts";
import { type DeliveryItem, endpointLine, type WebhookItem } from "../../shared/webhook/records.ts";
import { createEngine, signUp, zoe } from "../support/engine.ts";

const operators = "https://operator.example.com/hook?key=s3cr3t";
const read = createDeliveryReader({ table: createMemoryTable<WebhookItem>() });

/** What is told of the deliveries of a flow that was started while there were default endpoints, or none. */
async function shown(tellsDefaults: boolean, notify?: { readonly webhook: string }) {
  const engine = createEngine();
  const { flow } = await createProducer({ ...engine.ports, tellsDefaults }).start(signUp, zoe, { notify });
  const record = await engine.recorded(flow.id);
  if (!record) throw new Error("the flow isn't recorded");
  return read(record);
}

test("a request's own webhook is shown by its origin, whether it is a default's URL or not", async () => {
  const view = { origin: "https://operator.example.com", state: "waiting", attempts: 0 };
  expect(await shown(false, { webhook: operators })).toEqual([view]);
  expect(await shown(true, { webhook: operators })).toEqual([view]);
});

test("the operator's endpoints are shown to nobody, not even that there are some", async () => {
  expect(await shown(true)).toBeUndefined();
  expect(await shown(false)).toBeUndefined();
});

test("the operator is shown them too, by their origins and hashes alone, the request's own first and each once", async () => {
  const defaults = [operators, "https://b.example.com/"].map(endpointLine);
  const table = createMemoryTable<WebhookItem>();
  const engine = createEngine();
  const producer = createProducer({ ...engine.ports, tellsDefaults: true });
  const reader = createDeliveryReader({ table, defaults });
  const originsOf = async (notify?: { readonly webhook: string }) => {
    const { flow } = await producer.start(signUp, zoe, { notify });
    const record = await engine.recorded(flow.id);
    return record && (await reader(record))?.map(({ origin }) => origin);
  };
  expect(await originsOf()).toEqual(["https://operator.example.com", "https://b.example.com"]);
  expect(await originsOf({ webhook: operators })).toEqual([
    "https://operator.example.com",
    "https://b.example.com",
  ]);
  expect(await originsOf({ webhook: "https://c.example.com/" })).toHaveLength(3);
  expect(defaults.join()).not.toContain("s3cr3t");
});

test("one that waits behind a receiver that is down, untried, says why, and no time", () => {
  const item = { state: "parked", attempts: 0, due: 0, held: true } as DeliveryItem;
  const view = deliveryView(endpointLine(operators), item);
  expect(view).toMatchObject({ state: "waiting", attempts: 0, reason: "its receiver is down" });
  expect(view).not.toHaveProperty("nextAttemptAt");
});
