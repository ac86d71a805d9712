import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Table } from "../../shared/ledger/table.ts";
import type { Roster } from "../../shared/subscription/rosters.ts";
import {
  createSubscriptions,
  mostSubscribers,
  mostSubscriptions,
  type Subscriptions,
} from "../../shared/subscription/subscriptions.ts";
import { start } from "../support/builders.ts";
import { createManualClock, type ManualClock } from "../support/clock-manual.ts";
import { otherTableAdapters, type TableAdapter } from "../support/table-adapters.ts";

describe.each(otherTableAdapters<Roster>())("subscriptions in %s", (_, startPlace) => {
  let place: TableAdapter<Roster>;
  let table: Table<Roster>;
  let clock: ManualClock;
  let subscriptions: Subscriptions;
  const until = start + 7_200_000;

  beforeAll(async () => {
    place = await startPlace();
  });
  afterAll(() => place.stop());
  beforeEach(async () => {
    clock = createManualClock(start);
    table = await place.create();
    subscriptions = createSubscriptions({ table, clock });
  });
  const added = { kind: "added" };
  const add = (connection: string, flow: string) => subscriptions.add({ connection, flow, until });

  test("nobody is subscribed to a flow that nobody has asked for", async () => {
    expect(await subscriptions.subscribers("f")).toEqual([]);
    expect(await subscriptions.flows("c")).toEqual([]);
    await subscriptions.forget("c");
    await subscriptions.remove("f", ["c"]);
  });

  test("are found from the flow and from the connection, and once though made twice", async () => {
    for (const connection of ["a=", "b="]) expect(await add(connection, "f")).toEqual(added);
    expect(await add("a=", "f")).toEqual(added);
    await add("a=", "g");
    expect(await subscriptions.subscribers("f")).toEqual(["a=", "b="]);
    expect(await subscriptions.flows("a=")).toEqual(["f", "g"]);
  });

  test("end one by one, or with their connection", async () => {
    for (const flow of ["f", "g"]) for (const connection of ["a", "b"]) await add(connection, flow);
    await subscriptions.remove("f", ["a"]);
    expect(await subscriptions.subscribers("f")).toEqual(["b"]);
    expect(await subscriptions.flows("a")).toEqual(["g"]);
    await subscriptions.forget("b");
    expect([await subscriptions.subscribers("f"), await subscriptions.subscribers("g")]).toEqual([[], ["a"]]);
  });

  test("that end together are one write of their flow's list", async () => {
    for (let i = 0; i < mostSubscribers; i++) await add(`c${i}`, "f");
    const written: string[] = [];
    const counting = createSubscriptions({
      clock,
      table: {
        ...table,
        update: (update) => {
          written.push(update.id);
          return table.update(update);
        },
      },
    });
    await counting.remove("f", ["c1", "c2", "c3", "stranger"]);
    expect(written.sort()).toEqual(["connection/c1", "connection/c2", "connection/c3", "subscribers/f"]);
    expect(await subscriptions.subscribers("f")).toHaveLength(mostSubscribers - 3);
    expect(await subscriptions.flows("c2")).toEqual([]);
  });

  test("end by themselves with their connection's time, and their items soon after", async () => {
    await subscriptions.add({ connection: "a", flow: "f", until: start + 1000 });
    await subscriptions.add({ connection: "b", flow: "f", until });
    await clock.pass(1000);
    expect(await subscriptions.subscribers("f")).toEqual(["b"]);
    expect(await subscriptions.flows("a")).toEqual([]);
    const items = await table.get(["subscribers/f", "connection/a"]);
    expect(items.get("subscribers/f")?.expires).toBe(until / 1000 + 600);
    expect(items.get("connection/a")?.expires).toBe(start / 1000 + 1 + 600);
  });

  test("of a flow are limited: beyond that the oldest connection makes room, which may be gone without a word", async () => {
    for (let i = 0; i < mostSubscribers; i++) {
      // Connected in another order than they subscribe in: c7 first.
      const made = i === 7 ? until - 1 : until;
      expect(await subscriptions.add({ connection: `c${i}`, flow: "f", until: made })).toEqual(added);
    }
    await add("c7", "g");
    // Whoever is subscribed already drives out nobody.
    expect(await add("c8", "f")).toEqual(added);
    expect(await add("late", "f")).toEqual({ ...added, replaced: "c7" });
    expect(await subscriptions.subscribers("f")).toHaveLength(mostSubscribers);
    expect([await subscriptions.flows("c7"), await subscriptions.flows("late")]).toEqual([["g"], ["f"]]);
    expect(await add("later", "f")).toEqual({ ...added, replaced: "c0" });
    // One that ends makes room by itself.
    await subscriptions.forget("c1");
    expect(await add("last", "f")).toEqual(added);
  });

  test("of a connection are limited", async () => {
    for (let i = 0; i < mostSubscriptions; i++) expect(await add("c", `f${i}`)).toEqual(added);
    expect(await add("c", "f")).toEqual({ kind: "full" });
    expect(await subscriptions.subscribers("f")).toEqual([]);
  });

  test("made at the same moment are all kept, up to the limit, and each one too many drives out one", async () => {
    const racers = Array.from({ length: mostSubscribers + 5 }, (_, i) => add(`c${i}`, "f"));
    const replaced = (await Promise.all(racers)).flatMap((each) =>
      "replaced" in each ? [each.replaced] : [],
    );
    expect(new Set(replaced).size).toBe(5);
    const kept = await subscriptions.subscribers("f");
    expect(kept).toHaveLength(mostSubscribers);
    expect(kept.filter((connection) => replaced.includes(connection))).toEqual([]);
  });
});
