import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/**
 * The bytes that DynamoDB counts of an item, by AWS's rules
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html): names and texts in
 * UTF-8; a number about a byte for two significant digits and one more; a boolean or null one byte; a list or map
 * 3 bytes, one for each member, and what the members take.
 */
export function itemBytes(item: Readonly<Record<string, AttributeValue>>): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  );
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  if (value.L !== undefined) return 3 + value.L.reduce((sum, member) => sum + 1 + valueBytes(member), 0);
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemBytes(value.M);
  throw new Error(`a value of a kind that the ledger has, got ${JSON.stringify(value)}`);
}

/** Leading and trailing zeros don't count; a sign takes one more byte. */
function numberBytes(text: string): number {
  const digits = text.replace(/[-.]/g, "").replace(/^0+|0+$/g, "");
  return Math.ceil(digits.length / 2) + 1 + (text.startsWith("-") ? 1 : 0);
}
