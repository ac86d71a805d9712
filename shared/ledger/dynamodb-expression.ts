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
  const placeholders = createPlaceholders(storedPath);
  const { pathOf } = placeholders;
  return {
    condition: (part) => conditionText(placeholders, part),
    update(set, remove) {
      const assignments = `SET ${set.map((each) => assignmentText(placeholders, each)).join(", ")}`;
      return remove.length === 0 ? assignments : `${assignments} REMOVE ${remove.map(pathOf).join(", ")}`;
    },
    placeholders: placeholders.stored,
  };
}

/** A command's names and values, each once. */
interface Placeholders {
  pathOf(path: Path): string;
  operandOf(value: Value): string;
  readonly stored: Expression["placeholders"];
}

function createPlaceholders(storedPath: (path: Path) => readonly string[]): Placeholders {
  const names = new Map<string, string>();
  const values = new Map<string, { readonly placeholder: string; readonly value: Value }>();
  return {
    pathOf(path) {
      const stored = storedPath(path);
      for (const name of stored) if (!names.has(name)) names.set(name, `#n${names.size}`);
      return stored.map((name) => names.get(name)).join(".");
    },
    operandOf(value) {
      const text = JSON.stringify(value);
      const known = values.get(text) ?? { placeholder: `:v${values.size}`, value };
      values.set(text, known);
      return known.placeholder;
    },
    stored() {
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

/** Parentheses only round an OR inside an AND: dynalite's parser takes 10 ms for a settle with one round each part. */
function conditionText(placeholders: Placeholders, part: Condition, within?: "all"): string {
  if ("all" in part) {
    const inner = part.all.length > 1 ? "all" : within;
    return part.all.map((each) => conditionText(placeholders, each, inner)).join(" AND ");
  }
  if ("any" in part) {
    const several = part.any.length > 1;
    const inner = several ? undefined : within;
    const text = part.any.map((each) => conditionText(placeholders, each, inner)).join(" OR ");
    return several && within === "all" ? `(${text})` : text;
  }
  return comparisonText(placeholders, part);
}

function comparisonText(
  { pathOf, operandOf }: Placeholders,
  part: Exclude<Condition, { all: unknown } | { any: unknown }>,
): string {
  const path = pathOf(part.path);
  if ("exists" in part) return `${part.exists ? "attribute_exists" : "attribute_not_exists"}(${path})`;
  if ("among" in part && part.among.length === 1) return `${path} = ${part.among.map(operandOf)}`;
  if ("among" in part) return `${path} IN (${part.among.map(operandOf).join(", ")})`;
  return "below" in part ? `${path} < ${operandOf(part.below)}` : `${path} > ${operandOf(part.above)}`;
}

function assignmentText({ pathOf, operandOf }: Placeholders, { path, to, unlessSet }: Assignment): string {
  const target = pathOf(path);
  if (typeof to !== "object" || !("of" in to)) {
    return unlessSet
      ? `${target} = if_not_exists(${target}, ${operandOf(to)})`
      : `${target} = ${operandOf(to)}`;
  }
  const sign = to.plus < 0 ? "-" : "+";
  const of = pathOf(to.of);
  const operand = to.from === undefined ? of : `if_not_exists(${of}, ${operandOf(to.from)})`;
  return `${target} = ${operand} ${sign} ${operandOf(Math.abs(to.plus))}`;
}
