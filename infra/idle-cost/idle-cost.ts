import { object, optional, parse, record, string, unknown } from "valibot";
import { idlePriceOf } from "./prices.ts";

/** Resources of one type, and what they cost a month. */
export interface IdleLine {
  readonly type: string;
  readonly count: number;
  /** What is billed: `2,628,000 SQS requests`. Empty where nothing is. */
  readonly billed: string;
  /** $ a month in an account that uses up what is free elsewhere. */
  readonly dollars: number;
  /** The same in an account that has nothing else. */
  readonly dollarsAlone: number;
  readonly source: string;
}

export interface IdleCost {
  /** By price, then by type. */
  readonly lines: readonly IdleLine[];
  readonly dollars: number;
  readonly dollarsAlone: number;
}

const templateSchema = object({
  Resources: record(
    string(),
    object({ Type: string(), Properties: optional(record(string(), unknown()), {}) }),
  ),
});

/**
 * What a service costs a month while nobody uses it, from the templates of its stacks (JSON, as CDK writes them): what
 * is there by the hour or asks by itself. What is stored comes on top, by the GB.
 * @throws Error in the form `<type>: <rule>, got <value>` where a resource's price isn't known.
 */
export function idleCost(templates: readonly unknown[]): IdleCost {
  const resources = templates.flatMap((template) => Object.values(parse(templateSchema, template).Resources));
  const byType = Map.groupBy(resources, ({ Type }) => Type);
  const lines = [...byType]
    .map(([type, found]) =>
      lineOf(
        type,
        found.map(({ Properties }) => Properties),
      ),
    )
    .sort((a, b) => b.dollars - a.dollars || a.type.localeCompare(b.type, "en"));
  return { lines, dollars: total(lines, "dollars"), dollarsAlone: total(lines, "dollarsAlone") };
}

function lineOf(type: string, resources: readonly Readonly<Record<string, unknown>>[]): IdleLine {
  const prices = resources.map((properties) => idlePriceOf(type, properties));
  const { billed, source } = prices[0] ?? idlePriceOf(type, {});
  const count = resources.length;
  if (!billed) return { type, count, billed: "", dollars: 0, dollarsAlone: 0, source };
  const units = resources.reduce((sum, properties) => sum + (billed.of?.(properties) ?? 1), 0);
  return {
    ...{ type, count, source, billed: `${units.toLocaleString("en")} ${billed.unit}` },
    dollars: units * billed.price,
    dollarsAlone: Math.max(0, units - billed.free) * billed.price,
  };
}

function total(lines: readonly IdleLine[], amount: "dollars" | "dollarsAlone"): number {
  return lines.reduce((sum, line) => sum + line[amount], 0);
}
