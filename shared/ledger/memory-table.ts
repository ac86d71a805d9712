import type { FlowRecord } from "../flow/flow-record.ts";
import type { Condition, Identified, Path, Table, Update, WriteAnswer } from "./table.ts";

type Fields = Record<string, unknown>;

/** The table in memory: for simulations and tests. */
export function createMemoryTable<Item extends Identified = FlowRecord>(): Table<Item> {
  const records = new Map<string, Item>();

  function write(id: string, when: Condition, change: (old: Fields) => Fields): WriteAnswer<Item> {
    const old = records.get(id);
    if (!holds(when, (old ?? {}) as unknown as Fields))
      return { applied: false, record: structuredClone(old) };
    const record = change(structuredClone((old ?? { id }) as unknown as Fields)) as unknown as Item;
    records.set(id, record);
    return { applied: true, record: structuredClone(record) };
  }

  return {
    put: async (record, when) => write(record.id, when, () => structuredClone(record) as unknown as Fields),
    update: async (update) => write(update.id, update.when, (fields) => change(fields, update)),
    async get(ids) {
      const found = ids.flatMap((id) => records.get(id) ?? []);
      return new Map(found.map((record) => [record.id, structuredClone(record)]));
    },
  };
}

function holds(condition: Condition, record: Fields): boolean {
  if ("all" in condition) return condition.all.every((part) => holds(part, record));
  if ("any" in condition) return condition.any.some((part) => holds(part, record));
  const value = read(record, condition.path);
  if ("exists" in condition) return (value !== undefined) === condition.exists;
  if ("among" in condition) return condition.among.includes(value as string | number);
  if (typeof value !== "number") return false;
  return "below" in condition ? value < condition.below : value > condition.above;
}

function change(fields: Fields, { set, remove = [] }: Update): Fields {
  const values = set.map(({ path, to, unlessSet }) => {
    const there = unlessSet ? read(fields, path) : undefined;
    if (there !== undefined) return { path, value: there };
    const value = typeof to === "object" && "of" in to ? operand(fields, to) + to.plus : to;
    return { path, value };
  });
  for (const { path, value } of values) parent(fields, path)[path.at(-1) as string] = value;
  for (const path of remove) delete parent(fields, path)[path.at(-1) as string];
  return fields;
}

function read(fields: Fields, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => {
    const isThere = value !== undefined && Object.hasOwn(value as Fields, name);
    return isThere ? (value as Fields)[name] : undefined;
  }, fields);
}

/** DynamoDB refuses an operand that is missing; so does this. */
function operand(fields: Fields, { of, from }: { readonly of: Path; readonly from?: number }): number {
  const value = read(fields, of) ?? from;
  if (typeof value !== "number") throw new Error(`no such number: ${of.join(".")}`);
  return value;
}

/** DynamoDB refuses a path whose parent is missing; so does this, loudly. */
function parent(fields: Fields, path: Path): Fields {
  const holder = read(fields, path.slice(0, -1));
  if (holder === undefined) throw new Error(`no such path: ${path.join(".")}`);
  return holder as Fields;
}
