import { expect, test } from "@jest/globals";
import { defineCatalog } from "../../shared/catalog/catalog.ts";
import { standardProfile } from "../../shared/catalog/queue-settings.ts";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import type { Table } from "../../shared/ledger/table.ts";
import type { OutgoingMessage } from "../../shared/queue/queue.ts";
import { newMasterSecret } from "../../shared/webhook/origin-secret.ts";
import { parseProbe } from "../../shared/webhook/probe-message.ts";
import { deliveryId, endpointLine, type WebhookItem } from "../../shared/webhook/records.ts";
import { createWebhookChannel } from "../../shared/webhook/webhook-channel.ts";
import { flowRecord, start } from "../support/builders.ts";
import { createManualClock } from "../support/clock-manual.ts";

const minutes = 60_000;

/** Two deliveries to one origin: `a` is parked with a probe, `b` has failed twice and is parked by its next attempt. `a` answers again. */
async function aboutToPark() {
  const clock = createManualClock(start);
  const entropy = createSeededEntropy(1);
  const memory = createMemoryTable<WebhookItem>();
  const sent: OutgoingMessage[] = [];
  const statuses: Record<string, number> = { a: 500, b: 500 };
  let writes = 0;
  let interruption: { readonly after: number; readonly run: () => Promise<void> } | undefined;
  const master = newMasterSecret(entropy);
  const job = { status: "succeeded", startedAt: start, finishedAt: start } as const;

  async function interruptible<Value>(write: () => Promise<Value>): Promise<Value> {
    const value = await write();
    writes++;
    if (interruption?.after !== writes) return value;
    const { run } = interruption;
    interruption = undefined;
    await run();
    return value;
  }
  const table: Table<WebhookItem> = {
    get: (ids) => memory.get(ids),
    put: (item, when) => interruptible(() => memory.put(item, when)),
    update: (update) => interruptible(() => memory.update(update)),
  };
  const channel = createWebhookChannel({
    table,
    queue: {
      send: async (_name, messages) => {
        sent.push(...messages);
        return [];
      },
    },
    ledger: { read: async (id) => flowRecord({ mail: job }, { id, createdAt: start }) },
    catalog: defineCatalog({ flows: [], jobs: [] }),
    post: async ({ url }) => ({ kind: "answered", status: statuses[url.at(-1) ?? ""] ?? 0 }),
    masterSecret: async () => master,
    ...{ clock, entropy, profile: standardProfile },
    log: () => {},
  });
  const of = (name: string) => ({
    ...{ id: `f${name}.0`, flow: `f${name}`, epoch: 0 },
    url: `https://x.example.com/${name}`,
  });
  const deliver = (name: string) => channel.deliver(of(name));
  /** A turn of each probe that was ever sent: one that is in no record ends itself. */
  const probe = async () => {
    for (const message of [...sent]) await channel.probe(parseProbe(message), () => 45_000);
  };

  for (let attempt = 0; attempt < 3; attempt++) {
    await deliver("a");
    await clock.pass(7 * minutes);
  }
  await clock.pass(9 * minutes);
  for (let attempt = 0; attempt < 2; attempt++) {
    await deliver("b");
    await clock.pass(7 * minutes);
  }
  await clock.pass(20 * minutes);
  statuses["a"] = 204;
  return {
    deliver,
    probe,
    /** Whether the interruption came: there are fewer writes otherwise. */
    isOver: () => interruption === undefined,
    /** Runs something after so many more writes. */
    interrupt(after: number, run: () => Promise<void>) {
      interruption = { after: writes + after, run };
    },
    /** The receiver of `b` is well, and hours pass in which the queue brings what it has. */
    async recover() {
      statuses["b"] = 204;
      for (let hour = 0; hour < 3; hour++) {
        await clock.pass(60 * minutes);
        await probe();
      }
    },
    async state(name: string) {
      const key = deliveryId(`f${name}.0`, endpointLine(of(name).url));
      const item = (await memory.get([key])).get(key);
      return item?.kind === "delivery" ? item.state : undefined;
    },
  };
}

// The origin's count of failures, the number, the delivery's record, its slot: a turn may fall after each.
const moments = [1, 2, 3, 4];

test.each(moments)(
  "a delivery isn't lost where a probe's whole turn falls after write %i of its parking",
  async (after) => {
    const world = await aboutToPark();
    world.interrupt(after, world.probe);
    expect(await world.deliver("b")).toEqual({ kind: "done" });
    expect(world.isOver()).toBe(true);
    expect(await world.state("a")).toBe("delivered");
    expect(await world.state("b")).toBe("parked");
    await world.recover();
    expect(await world.state("b")).toBe("delivered");
  },
);

test.each(moments)(
  "nor where its worker dies after write %i and a probe's turn ends before its message comes again",
  async (after) => {
    const world = await aboutToPark();
    world.interrupt(after, () => Promise.reject(new Error("dies")));
    await expect(world.deliver("b")).rejects.toThrow("dies");
    await world.probe();
    expect(await world.state("a")).toBe("delivered");
    expect(await world.deliver("b")).toEqual({ kind: "done" });
    await world.recover();
    expect(await world.state("b")).toBe("delivered");
  },
);

test.each(moments)(
  "nor where another copy of its message is parked as well after write %i",
  async (after) => {
    const world = await aboutToPark();
    world.interrupt(after, async () => {
      await world.deliver("b");
      await world.probe();
    });
    await world.deliver("b");
    expect(world.isOver()).toBe(true);
    await world.recover();
    expect(await world.state("b")).toBe("delivered");
  },
);
