import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { FlowRecord } from "../../shared/flow/flow-record.ts";
import { settled } from "../../shared/ledger/job-writes.ts";
import { absent } from "../../shared/ledger/presence.ts";
import {
  above,
  all,
  among,
  any,
  below,
  type Condition,
  exists,
  missing,
  type Path,
} from "../../shared/ledger/table.ts";
import { flowId, flowRecord, start } from "../support/builders.ts";
import { type TableAdapter, tableAdapters } from "../support/table-adapters.ts";
import { expectApplied, stored, tableWith } from "../support/table-expectations.ts";

const present = exists(["id"]);

describe.each(tableAdapters)("the %s table", (_, startAdapter) => {
  let adapter: TableAdapter;
  beforeAll(async () => {
    adapter = await startAdapter();
  });
  afterAll(() => adapter.stop());

  test("keeps a record with all its optional fields as it was", async () => {
    const full = fullRecord();
    expect(await stored(await tableWith(adapter, full))).toEqual(full);
  });

  test("keeps a record with none of them as it was, and an empty list", async () => {
    const bare = flowRecord({ mail: {} }, { tokens: [] });
    expect(Object.keys((await stored(await tableWith(adapter, bare))) ?? {}).sort()).toEqual(
      Object.keys(bare).sort(),
    );
  });

  test("hands out copies: changing one changes nothing that is stored", async () => {
    const table = await tableWith(adapter, flowRecord());
    ((await stored(table)) as { open: number }).open = 99;
    expect((await stored(table))?.open).toBe(2);
  });

  test.each([0, 1, 100, 150])("reads %s flows at once, those that there are", async (count) => {
    const table = await adapter.create();
    const ids = Array.from({ length: count }, (_, index) => `flow-${index}`);
    await Promise.all(ids.map((id) => table.put(flowRecord({ mail: {} }, { id }), absent(start))));
    const found = await table.get([...ids, ...(count > 0 ? ["nowhere"] : [])]);
    expect([...found.keys()].sort()).toEqual([...ids].sort());
    for (const [id, record] of found) expect(record.id).toBe(id);
  });

  test("reads all operands of an update before it writes any", async () => {
    const before = flowRecord({ mail: { attempts: 5 } }, { open: 7, epoch: 3 });
    const set = [
      { path: ["open"], to: { of: ["epoch"], plus: 0 } },
      { path: ["epoch"], to: { of: ["open"], plus: 10 } },
      { path: ["jobs", "mail", "left"], to: { of: ["open"], plus: -1 } },
      { path: ["jobs", "mail", "attempts"], to: { of: ["jobs", "mail", "attempts"], plus: 1 } },
    ] as const;
    await expectApplied(adapter, {
      before,
      update: { id: flowId, when: present, set },
      after: {
        ...before,
        open: 3,
        epoch: 17,
        jobs: { mail: { status: "queued", run: 0, attempts: 6, left: 6 } },
      },
    });
  });

  test.each<[string, Parameters<typeof below>[0]]>([
    ["a field", ["checkedAt"]],
    ["a field of a job", ["jobs", "mail", "due"]],
    ["a field of a job that isn't there", ["jobs", "nowhere", "due"]],
  ])("finds every comparison with a missing value false: %s", async (_, path) => {
    const table = await tableWith(adapter, flowRecord());
    for (const when of [below(path, 1e15), above(path, -1), among(path, 0, ""), exists(path)]) {
      const answer = await table.update({ id: flowId, when, set: [{ path: ["open"], to: 0 }] });
      expect(answer.applied).toBe(false);
    }
    const answer = await table.update({ id: flowId, when: missing(path), set: [{ path: ["open"], to: 0 }] });
    expect(answer.applied).toBe(true);
  });

  test("compares strictly, and joins conditions by all and any", async () => {
    const table = await tableWith(adapter, flowRecord({}, { open: 5 }));
    const open: Path = ["open"];
    const holds = async (when: Condition) =>
      (await table.update({ id: flowId, when, set: [{ path: ["epoch"], to: 0 }] })).applied;
    expect(await holds(below(open, 5))).toBe(false);
    expect(await holds(below(open, 6))).toBe(true);
    expect(await holds(above(open, 5))).toBe(false);
    expect(await holds(above(open, 4))).toBe(true);
    expect(await holds(among(open, 4, 5))).toBe(true);
    expect(await holds(among(open, "5"))).toBe(false);
    expect(await holds(all(below(open, 6), below(open, 5)))).toBe(false);
    expect(await holds(any(below(open, 5), all(below(open, 6), any(above(open, 4)))))).toBe(true);
  });

  test.each<[string, Path]>([
    ["a job that isn't there", ["jobs", "nowhere", "status"]],
    ["a job with the name of something that every object has", ["jobs", "constructor", "status"]],
  ])("refuses with an error to write a field of %s", async (_, path) => {
    const table = await tableWith(adapter, flowRecord());
    await expect(
      table.update({ id: flowId, when: present, set: [{ path, to: "queued" }] }),
    ).rejects.toThrow();
    expect(await stored(table)).toEqual(flowRecord());
  });

  test("refuses with an error to count from a field that isn't there", async () => {
    const table = await tableWith(adapter, flowRecord());
    const set = [{ path: ["open"], to: { of: ["checkedAt"], plus: 1 } }] as const;
    await expect(table.update({ id: flowId, when: present, set })).rejects.toThrow();
    expect(await stored(table)).toEqual(flowRecord());
  });

  test("counts from what it is told to where a field isn't there, and from the field where it is", async () => {
    const counted = { to: { of: ["checkedAt"], plus: 2, from: 5 }, path: ["checkedAt"] } as const;
    for (const [changes, checkedAt] of [
      [{}, 7],
      [{ checkedAt: 0 }, 2],
    ] as const) {
      const before = flowRecord({}, changes);
      const update = { id: flowId, when: present, set: [counted] };
      await expectApplied(adapter, { before, update, after: { ...before, checkedAt } });
    }
  });

  test("removes a field that isn't there without complaint", async () => {
    const before = flowRecord();
    const update = {
      id: flowId,
      when: present,
      set: [{ path: ["epoch"], to: 1 }],
      remove: [["jobs", "mail", "due"]],
    } as const;
    await expectApplied(adapter, { before, update, after: { ...before, epoch: 1 } });
  });

  test("has one winner of twenty racing puts, and tells each loser who won", async () => {
    const table = await adapter.create();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        table.put(flowRecord({}, { recordedBy: `put-${index}` }), absent(start)),
      ),
    );
    const winners = answers.filter(({ applied }) => applied);
    expect(winners).toHaveLength(1);
    expect(new Set(answers.map(({ record }) => record?.recordedBy))).toEqual(
      new Set([winners[0]?.record?.recordedBy]),
    );
  });

  test("gives twenty racing settles of one flow different numbers of jobs left, and one of them 0", async () => {
    const keys = Array.from({ length: 20 }, (_, index) => `job-${index}`);
    const table = await tableWith(adapter, flowRecord(Object.fromEntries(keys.map((key) => [key, {}]))));
    const settlement = { status: "succeeded", countAttempt: true } as const;
    const answers = await Promise.all(
      keys.map((key) =>
        table.update(settled({ flow: flowId, key, run: 0 }, { as: "unleased" }, settlement, key, start)),
      ),
    );
    const left = keys.map((key, index) => answers[index]?.record?.jobs[key]?.left ?? -1);
    expect(left.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect((await stored(table))?.open).toBe(0);
  });
});

function fullRecord(): FlowRecord {
  const job = {
    job: "send-welcome-email",
    status: "retrying",
    run: 2,
    attempts: 3,
    due: start,
    owner: "owner",
    leaseEnd: start + 1,
    resent: true,
    by: "nonce",
    left: 0,
    leftEpoch: 1,
    startedAt: start + 2,
    finishedAt: start + 3,
    error: "δ 😀 \u0000 end",
    result: `{"a":1}`,
  } as const;
  return flowRecord(
    { "a-1": job, s: {} },
    {
      ...{ checkedAt: start, checkedBy: "message", tokens: ["a", "b"], epoch: 1 },
      ...{ version: 3, notify: "https://example.com/", notifyDefaults: true, watchedUntil: start },
    },
  );
}
