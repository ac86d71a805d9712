import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { closingTurnTaken, turnTaken, watched, withToken } from "../../shared/ledger/flow-writes.ts";
import { absent } from "../../shared/ledger/presence.ts";
import { flowId, flowRecord, start } from "../support/builders.ts";
import { type TableAdapter, tableAdapters } from "../support/table-adapters.ts";
import { expectApplied, expectRefused, stored, tableWith } from "../support/table-expectations.ts";

const now = start + 60_999;
const nowSeconds = start / 1000 + 60;
const turn = 600_000;
const jobs = { mail: {}, pdf: {} };

describe.each(tableAdapters)("a flow in the %s table", (_, startAdapter) => {
  let adapter: TableAdapter;
  beforeAll(async () => {
    adapter = await startAdapter();
  });
  afterAll(() => adapter.stop());

  test.each([
    ["none is", undefined],
    ["one expired in this second", flowRecord(jobs, { expires: nowSeconds, recordedBy: "earlier" })],
  ])("is put where %s", async (_, before) => {
    const table = await tableWith(adapter, before);
    const record = flowRecord({ mail: {} }, { expires: nowSeconds + 1 });
    expect(await table.put(record, absent(now))).toEqual({ applied: true, record });
    expect(await stored(table)).toEqual(record);
  });

  test("is not put over one that expires in the next second, which is the answer", async () => {
    const before = flowRecord(jobs, { expires: nowSeconds + 1 });
    const table = await tableWith(adapter, before);
    const answer = await table.put(flowRecord({ mail: {} }, { recordedBy: "second" }), absent(now));
    expect(answer).toEqual({ applied: false, record: before });
    expect(await stored(table)).toEqual(before);
  });

  test("gets a fifth token, and loses its oldest", async () => {
    const before = flowRecord(jobs, { tokens: ["a", "b", "c", "d"], tokenCount: 7, expires: nowSeconds + 1 });
    const after = { ...before, tokens: ["b", "c", "d", "e"], tokenCount: 8 };
    await expectApplied(adapter, { before, update: withToken(before, "e", now), after });
  });

  test.each([
    ["it is gone", undefined],
    ["it has expired", flowRecord(jobs, { expires: nowSeconds })],
    ["another token came first", flowRecord(jobs, { tokens: ["a", "b"], tokenCount: 2 })],
  ])("gets no token where %s", async (_, before) => {
    await expectRefused(adapter, { before, update: withToken(flowRecord(jobs), "e", now) });
  });

  test.each([
    ["nobody has had", {}],
    [
      "was another's a millisecond longer ago than a turn lasts",
      { checkedAt: now - turn - 1, checkedBy: "other" },
    ],
    ["was this message's own as long ago", { checkedAt: now - turn - 1, checkedBy: "me" }],
  ])("gives a turn that %s", async (_, earlier) => {
    const before = flowRecord(jobs, { ...earlier, expires: nowSeconds + 1 });
    const after = { ...before, checkedAt: now, checkedBy: "me" };
    await expectApplied(adapter, { before, update: turnTaken(flowId, "me", now, turn), after });
  });

  test.each([
    ["it is gone", undefined],
    ["it has expired", flowRecord(jobs, { expires: nowSeconds })],
    [
      "another's lasts to this very millisecond",
      flowRecord(jobs, { checkedAt: now - turn, checkedBy: "other" }),
    ],
    ["this message has it already", flowRecord(jobs, { checkedAt: now - turn, checkedBy: "me" })],
  ])("gives no turn where %s", async (_, before) => {
    await expectRefused(adapter, { before, update: turnTaken(flowId, "me", now, turn) });
  });

  const times = { lostMilliseconds: 6 * turn, turnMilliseconds: turn };
  test.each([
    ["never had any", {}],
    ["lost its own check", { checkedAt: now - 6 * turn - 1, checkedBy: "other" }],
    [
      "had another's a millisecond longer ago than a turn lasts",
      { closingAt: now - turn - 1, closingBy: "other" },
    ],
    ["had this message's own as long ago", { closingAt: now - turn - 1, closingBy: "me" }],
  ])("gives the turn of a check without the envelope to a flow that %s", async (_, earlier) => {
    const before = flowRecord(jobs, earlier);
    const after = { ...before, closingAt: now, closingBy: "me" };
    await expectApplied(adapter, { before, update: closingTurnTaken(flowId, "me", now, times), after });
  });

  test.each([
    ["is gone", undefined],
    [
      "was checked to this very millisecond",
      flowRecord(jobs, { checkedAt: now - 6 * turn, checkedBy: "other" }),
    ],
    ["was checked by this very message", flowRecord(jobs, { checkedAt: now, checkedBy: "me" })],
    ["has another's", flowRecord(jobs, { closingAt: now - turn, closingBy: "other" })],
    ["has this message's own already", flowRecord(jobs, { closingAt: now - turn, closingBy: "me" })],
  ])("gives none to a flow that %s", async (_, before) => {
    await expectRefused(adapter, { before, update: closingTurnTaken(flowId, "me", now, times) });
  });

  test.each([
    ["that nobody watches", {}],
    ["that somebody watches for a millisecond less", { watchedUntil: now + 99 }],
  ])("is watched %s, and shows what it did", async (_, earlier) => {
    const before = flowRecord(jobs, { ...earlier, version: 4 });
    const after = { ...before, watchedUntil: now + 100 };
    await expectApplied(adapter, { before, update: watched(flowId, now + 100, now), after });
  });

  test.each([
    ["is gone", undefined],
    ["has expired", flowRecord(jobs, { expires: nowSeconds })],
    ["is watched for as long", flowRecord(jobs, { watchedUntil: now + 100 })],
  ])("isn't written where it %s", async (_, before) => {
    await expectRefused(adapter, { before, update: watched(flowId, now + 100, now) });
  });
});
