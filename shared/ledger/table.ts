import type { FlowRecord } from "../flow/flow-record.ts";

/**
 * The ledger's port: a table of records with conditional writes, flows unless it says otherwise. A write is data, so that
 * it stands once, in `writes.ts`, and the simulation judges the very condition that DynamoDB gets.
 */
export interface Table<Item extends Identified = FlowRecord> {
  /** Writes a whole record where `when` holds for what is there. */
  put(record: Item, when: Condition): Promise<WriteAnswer<Item>>;
  /**
   * Changes the record of that id where `when` holds, and makes one where it holds for none. All operands are read
   * before any is written, as in DynamoDB.
   */
  update(update: Update): Promise<WriteAnswer<Item>>;
  /** The records of those ids that there are. Consistent: sees every write answered before. */
  get(ids: readonly string[]): Promise<ReadonlyMap<string, Item>>;
}

/** What a table keeps: anything under an id of its own. */
export interface Identified {
  readonly id: string;
}

/** `record` is the new one where the write was applied, else the one that refused it: possibly a later state of it. */
export type WriteAnswer<Item extends Identified = FlowRecord> =
  | { readonly applied: true; readonly record: Item }
  | { readonly applied: false; readonly record: Item | undefined };

export interface Update {
  readonly id: string;
  readonly when: Condition;
  readonly set: readonly Assignment[];
  readonly remove?: readonly Path[];
}

/** A field of the record, or of one of its jobs: `["open"]`, `["jobs", key, "status"]`. */
export type Path = readonly [string] | readonly ["jobs", string, string];

export interface Assignment {
  readonly path: Path;
  /** Leaves a value that is there already. */
  readonly unlessSet?: true;
  /** A sum's operand must be there, unless `from` says what it counts as where it isn't. */
  readonly to: Value | { readonly of: Path; readonly plus: number; readonly from?: number };
}

export type Value = string | number | boolean | readonly string[];

/** A comparison with a missing field is false. */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly path: Path; readonly among: readonly (string | number)[] }
  | { readonly path: Path; readonly below: number }
  | { readonly path: Path; readonly above: number }
  | { readonly path: Path; readonly exists: boolean };

export const all = (...conditions: readonly Condition[]): Condition => ({ all: conditions });
export const any = (...conditions: readonly Condition[]): Condition => ({ any: conditions });
export const among = (path: Path, ...values: readonly (string | number)[]): Condition => ({
  path,
  among: values,
});
export const below = (path: Path, limit: number): Condition => ({ path, below: limit });
export const above = (path: Path, limit: number): Condition => ({ path, above: limit });
export const exists = (path: Path): Condition => ({ path, exists: true });
export const missing = (path: Path): Condition => ({ path, exists: false });
