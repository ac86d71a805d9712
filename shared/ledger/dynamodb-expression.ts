import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { Assignment, Condition, Path, Value } from "./table.ts";

/** Writes one command's expressions. Every name and value is a placeholder: many names are reserved words. */
export interface Expression {
  condition(condition: Condition): string;
  update(set: readonly Assignment[], remove: readonly Path[]): string;
  /** What the placeholders stand for; after all expressions of the command. */
  placeholders(): {
    readonly ExpressionAttributeNames: Record<string, string>;
    readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
  };
}

/** `storedPath` gives a path the names under which the table has it. */
export function createExpression(storedPath: (path: Path) => readonly string[]): Expression {
  const names = new Map<string, string>();
  const values = new Map<string, { readonly placeholder: string; readonly value: Value }>();

  function pathOf(path: Path): string {
    return storedPath(path)
      .map((name) => {
        if (!names.has(name)) names.set(name, `#n${names.size}`);
        return names.get(name);
      })
      .join(".");
  }

  function placeholderOf(value: Value): string {
    const text = JSON.stringify(value);
    const known = values.get(text) ?? { placeholder: `:v${values.size}`, value };
    values.set(text, known);
    return known.placeholder;
  }

  /** Parentheses only round an OR inside an AND: dynalite's parser takes 10 ms for a settle with one round each part. */
  function condition(part: Condition, within?: "all"): string {
    if ("all" in part) {
      const inner = part.all.length > 1 ? "all" : within;
      return part.all.map((each) => condition(each, inner)).join(" AND ");
    }
    if ("any" in part) {
      const several = part.any.length > 1;
      const text = part.any.map((each) => condition(each, several ? undefined : within)).join(" OR ");
      return several && within === "all" ? `(${text})` : text;
    }
    return comparison(part);
  }

  function comparison(part: Exclude<Condition, { all: unknown } | { any: unknown }>): string {
    const path = pathOf(part.path);
    if ("exists" in part) return `${part.exists ? "attribute_exists" : "attribute_not_exists"}(${path})`;
    if ("among" in part && part.among.length === 1) return `${path} = ${part.among.map(placeholderOf)}`;
    if ("among" in part) return `${path} IN (${part.among.map(placeholderOf).join(", ")})`;
    return "below" in part
      ? `${path} < ${placeholderOf(part.below)}`
      : `${path} > ${placeholderOf(part.above)}`;
  }

  function assignment({ path, to, unlessSet }: Assignment): string {
    const target = pathOf(path);
    if (unlessSet && (typeof to !== "object" || !("of" in to))) {
      return `${target} = if_not_exists(${target}, ${placeholderOf(to)})`;
    }
    if (typeof to !== "object" || !("of" in to)) return `${target} = ${placeholderOf(to)}`;
    const sign = to.plus < 0 ? "-" : "+";
    const of = pathOf(to.of);
    const operand = to.from === undefined ? of : `if_not_exists(${of}, ${placeholderOf(to.from)})`;
    return `${target} = ${operand} ${sign} ${placeholderOf(Math.abs(to.plus))}`;
  }

  return {
    condition: (part) => condition(part),
    update(set, remove) {
      const assignments = `SET ${set.map(assignment).join(", ")}`;
      return remove.length === 0 ? assignments : `${assignments} REMOVE ${remove.map(pathOf).join(", ")}`;
    },
    placeholders() {
      const stored = [...values.values()].map(({ placeholder, value }) => [placeholder, value] as const);
      return {
        ExpressionAttributeNames: Object.fromEntries(
          [...names].map(([name, placeholder]) => [placeholder, name]),
        ),
        ...(stored.length > 0 ? { ExpressionAttributeValues: marshall(Object.fromEntries(stored)) } : {}),
      };
    },
  };
}
