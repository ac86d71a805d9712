import type { Table } from "../../shared/ledger/table.ts";

/** What an SDK's retry after a lost answer is for the table: each write is made, and then made once more. */
export function repeatingTable(table: Table): Table {
  return {
    put: async (...args) => {
      await table.put(...args);
      return table.put(...args);
    },
    update: async (update) => {
      await table.update(update);
      return table.update(update);
    },
    get: table.get,
  };
}
