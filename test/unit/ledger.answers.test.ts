import { describe, expect, test } from "@jest/globals";
import { createLedger } from "../../shared/ledger/ledger.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import { absent } from "../../shared/ledger/presence.ts";
import type { Table } from "../../shared/ledger/table.ts";
import { flowId, flowRecord, start } from "../support/builders.ts";
import { createManualClock } from "../support/clock-manual.ts";
import { repeatingTable } from "../support/table-repeating.ts";

const now = start;
const mail = { flow: flowId, key: "mail", run: 0 };
const terms = { owner: "me", from: now, to: now + 1000 };
const success = { status: "succeeded", countAttempt: true } as const;

async function setUp(flow = flowRecord(), around = (table: Table) => table) {
  const table = createMemoryTable();
  await table.put(flow, absent(start));
  const ledger = createLedger({ table: around(table), clock: createManualClock(now) });
  return { ledger, table };
}

describe("a record", () => {
  test("is ours where nothing was, also when our first answer was lost", async () => {
    for (const around of [(table: Table) => table, repeatingTable]) {
      const ledger = createLedger({ table: around(createMemoryTable()), clock: createManualClock(now) });
      expect(await ledger.record(flowRecord())).toEqual({ recorded: true, flow: flowRecord() });
    }
  });

  test("is the other's where another was first", async () => {
    const first = flowRecord({ mail: {} }, { recordedBy: "first" });
    const { ledger } = await setUp(first);
    expect(await ledger.record(flowRecord())).toEqual({ recorded: false, flow: first });
  });
});

describe("watching a flow", () => {
  test.each([
    ["that nobody watches", {}, now + 100],
    ["that somebody watches for longer", { watchedUntil: now + 200 }, now + 200],
  ])("answers the flow as it stands: one %s", async (_, changes, watchedUntil) => {
    const { ledger } = await setUp(flowRecord({ mail: {} }, { ...changes, version: 3 }));
    const answer = await ledger.watch(flowId, now + 100);
    expect(answer).toEqual(flowRecord({ mail: {} }, { version: 3, watchedUntil }));
  });

  test.each([
    ["isn't there", flowRecord({}, { id: "another" })],
    ["has expired", flowRecord({}, { expires: now / 1000 })],
  ])("answers nothing where it %s", async (_, flow) => {
    const { ledger } = await setUp(flow);
    expect(await ledger.watch(flowId, now + 100)).toBeUndefined();
  });
});

describe("a lease", () => {
  test("is granted once, also when its answer was lost", async () => {
    const { ledger } = await setUp(flowRecord(), repeatingTable);
    expect(await ledger.lease(mail, terms)).toMatchObject({
      granted: true,
      job: { status: "running", owner: "me" },
    });
    expect(await ledger.lease(mail, { ...terms, owner: "other" })).toMatchObject({
      granted: false,
      job: { owner: "me" },
    });
  });

  test("that is taken over counts the lost attempt once, also when its answer was lost", async () => {
    const dead = { status: "running", owner: "dead", leaseEnd: now - 1, attempts: 1 } as const;
    const { ledger } = await setUp(flowRecord({ mail: dead }), repeatingTable);
    const answer = await ledger.takeOver(mail, terms, { owner: "dead", resend: true });
    expect(answer).toMatchObject({ granted: true, job: { owner: "me", attempts: 2, resent: true } });
  });

  test.each([
    ["of a job", flowRecord({ pdf: {} }), undefined],
    ["of another run", flowRecord({ mail: { run: 1 } }), { run: 1 }],
  ])("isn't granted %s that isn't there", async (_, flow, job) => {
    const answer = await (await setUp(flow)).ledger.lease(mail, terms);
    expect(answer.granted).toBe(false);
    if (job) expect(answer.job).toMatchObject(job);
    else expect(answer.job).toBeUndefined();
  });
});

describe("a settle", () => {
  test("is mine and tells whether the flow has finished, also when its answer was lost", async () => {
    const { ledger, table } = await setUp(flowRecord(), repeatingTable);
    const first = await ledger.settle(mail, { as: "unleased" }, success, "nonce-1");
    expect(first).toMatchObject({
      mine: true,
      finished: undefined,
      job: { status: "succeeded", attempts: 1, left: 1 },
    });
    const last = await ledger.settle({ ...mail, key: "pdf" }, { as: "unleased" }, success, "nonce-2");
    expect(last).toMatchObject({ mine: true, finished: "succeeded", job: { left: 0 } });
    expect((await table.get([flowId])).get(flowId)?.open).toBe(0);
  });

  test("of a second copy is not mine, and has not finished the flow", async () => {
    const { ledger } = await setUp(flowRecord({ mail: {} }));
    await ledger.settle(mail, { as: "unleased" }, success, "nonce-1");
    const second = await ledger.settle(mail, { as: "unleased" }, { ...success, status: "failed" }, "nonce-2");
    expect(second).toMatchObject({
      mine: false,
      finished: undefined,
      job: { status: "succeeded", by: "nonce-1" },
    });
  });

  test("back to waiting counts one attempt, also when its answer was lost, and finishes nothing", async () => {
    const { ledger } = await setUp(flowRecord({ mail: {} }), repeatingTable);
    const retry = { status: "retrying", countAttempt: true, due: now + 5 } as const;
    const answer = await ledger.settle(mail, { as: "unleased" }, retry, "nonce");
    expect(answer).toMatchObject({
      mine: true,
      finished: undefined,
      job: { status: "retrying", attempts: 1 },
    });
  });

  test.each([
    ["itself", {}, { ...success, status: "failed" } as const],
    ["another", { pdf: { status: "failed" } } as const, success],
  ])("tells that the flow failed where a job did: %s", async (_, others, settlement) => {
    const { ledger } = await setUp(flowRecord({ mail: {}, ...others }));
    const answer = await ledger.settle(mail, { as: "unleased" }, settlement, "nonce");
    expect(answer).toMatchObject({ mine: true, finished: "failed" });
  });
});

describe("a turn", () => {
  test("is taken once in its time, also when its answer was lost", async () => {
    const { ledger } = await setUp(flowRecord(), repeatingTable);
    expect(await ledger.takeTurn(flowId, "a", 1000)).toMatchObject({ checkedAt: now, checkedBy: "a" });
    expect(await ledger.takeTurn(flowId, "b", 1000)).toBeUndefined();
    expect(await ledger.takeTurn("nowhere", "a", 1000)).toBeUndefined();
  });

  test("that its message has is found again, and doesn't look younger to the check that it armed", async () => {
    const flow = flowRecord({ mail: {} }, { checkedAt: now - 500, checkedBy: "a" });
    const { ledger, table } = await setUp(flow);
    expect(await ledger.takeTurn(flowId, "a", 1000)).toEqual(flow);
    expect((await table.get([flowId])).get(flowId)).toEqual(flow);
  });

  test("of a check without the envelope that its message has stays as it is, too", async () => {
    const flow = flowRecord({ mail: {} }, { closingAt: now - 500, closingBy: "a", checkedAt: now - 6000 });
    const { ledger, table } = await setUp(flow);
    const times = { lostMilliseconds: 5000, turnMilliseconds: 1000 };
    expect(await ledger.takeClosingTurn(flowId, "a", times)).toEqual(flow);
    expect((await table.get([flowId])).get(flowId)).toEqual(flow);
  });

  test.each(["takeTurn", "takeClosingTurn"] as const)(
    "isn't found of a flow that expired: %s",
    async (take) => {
      const own = { checkedAt: now - 6000, checkedBy: "a", closingAt: now - 500, closingBy: "a" };
      const { ledger } = await setUp(flowRecord({ mail: {} }, { ...own, expires: now / 1000 }));
      const times = { lostMilliseconds: 5000, turnMilliseconds: 1000 };
      const taken =
        take === "takeTurn"
          ? ledger.takeTurn(flowId, "a", 10_000)
          : ledger.takeClosingTurn(flowId, "a", times);
      expect(await taken).toBeUndefined();
    },
  );

  test("of a check without the envelope is one beside it, where there was none with it for long", async () => {
    const { ledger } = await setUp();
    const times = { lostMilliseconds: 5000, turnMilliseconds: 1000 };
    expect(await ledger.takeClosingTurn(flowId, "a", times)).toMatchObject({
      closingAt: now,
      closingBy: "a",
    });
    expect(await ledger.takeClosingTurn(flowId, "b", times)).toBeUndefined();
    expect(await ledger.takeTurn(flowId, "c", 1000)).toMatchObject({ checkedBy: "c", closingBy: "a" });
    expect(await ledger.takeClosingTurn(flowId, "a", times)).toBeUndefined();
  });
});

describe("a token", () => {
  test("is added beside those that race with it: none is lost, up to four", async () => {
    const { ledger, table } = await setUp();
    const added = await Promise.all(["a", "b", "c"].map((token) => ledger.addToken(flowRecord(), token)));
    expect(added).toEqual([true, true, true]);
    const tokens = (await table.get([flowId])).get(flowId)?.tokens ?? [];
    expect([...tokens].sort()).toEqual(["a", "b", "c", "hash-of-token-1"]);
  });

  test("is added once, also when its answer was lost", async () => {
    const { ledger, table } = await setUp(flowRecord(), repeatingTable);
    expect(await ledger.addToken(flowRecord(), "a")).toBe(true);
    expect((await table.get([flowId])).get(flowId)?.tokens).toEqual(["hash-of-token-1", "a"]);
  });

  test("isn't added to a flow that is gone or has expired", async () => {
    const { ledger } = await setUp(flowRecord({}, { expires: now / 1000, tokenCount: 9 }));
    expect(await ledger.addToken(flowRecord(), "a")).toBe(false);
    expect(await ledger.addToken(flowRecord({}, { id: "nowhere" }), "a")).toBe(false);
  });
});

test("an expired flow is read as absent, in the very second", async () => {
  const { ledger, table } = await setUp(flowRecord({}, { expires: now / 1000 }));
  await table.put(flowRecord({}, { id: "present", expires: now / 1000 + 1 }), absent(now));
  expect(await ledger.read(flowId)).toBeUndefined();
  expect([...(await ledger.readMany([flowId, "present", "present", "nowhere"])).keys()]).toEqual(["present"]);
});
