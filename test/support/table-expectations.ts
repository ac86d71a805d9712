import { expect } from "@jest/globals";
import type { FlowRecord } from "../../shared/flow/flow-record.ts";
import type { Condition, Table, Update } from "../../shared/ledger/table.ts";
import { flowId } from "./builders.ts";
import type { TableAdapter } from "./table-adapters.ts";

const always: Condition = {
  any: [
    { path: ["id"], exists: true },
    { path: ["id"], exists: false },
  ],
};

/** An empty table with that record in it, if any. */
export async function tableWith(adapter: TableAdapter, before: FlowRecord | undefined): Promise<Table> {
  const table = await adapter.create();
  if (before) expect(await table.put(before, always)).toEqual({ applied: true, record: before });
  return table;
}

/** The write is applied, answers the new record and has stored it. */
export async function expectApplied(
  adapter: TableAdapter,
  { before, update, after }: { before: FlowRecord; update: Update; after: FlowRecord },
): Promise<void> {
  const table = await tableWith(adapter, before);
  expect(await table.update(update)).toEqual({ applied: true, record: after });
  expect(await stored(table)).toEqual(after);
}

/** As `expectApplied`, and the flow's version has risen by one. */
export async function expectChanged(
  adapter: TableAdapter,
  { before, after, ...rest }: Parameters<typeof expectApplied>[1],
): Promise<void> {
  for (const version of [undefined, 7]) {
    const counted = version === undefined ? before : { ...before, version };
    await expectApplied(adapter, {
      ...{ ...rest, before: counted },
      after: { ...after, version: (version ?? 0) + 1 },
    });
  }
}

/** The write is refused, answers the record that refused it and has changed nothing. */
export async function expectRefused(
  adapter: TableAdapter,
  { before, update }: { before: FlowRecord | undefined; update: Update },
): Promise<void> {
  const table = await tableWith(adapter, before);
  expect(await table.update(update)).toEqual({ applied: false, record: before });
  expect(await stored(table)).toEqual(before);
}

export async function stored(table: Table, id = flowId): Promise<FlowRecord | undefined> {
  return (await table.get([id])).get(id);
}
