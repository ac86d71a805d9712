import fc from "fast-check";
import type { OpenApi } from "../openapi.ts";

/** What is read of a JSON Schema. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Values near a schema of the document: mostly such as it takes, so that requests get beyond their first check. */
export function valuesOf(schema: Schema, document: OpenApi): fc.Arbitrary<unknown> {
  const near = (part: Schema) => valuesOf(part, document);
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    return near((document.components.schemas[name] ?? {}) as Schema);
  }
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(near));
  const values = valuesOfType(schema, near);
  if (!schema.examples?.length) return values;
  return fc.oneof({ arbitrary: fc.constantFrom(...schema.examples), weight: 9 }, values);
}

function valuesOfType(schema: Schema, near: (part: Schema) => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case "object": {
      const { properties = {}, required = [] } = schema;
      const fields = Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, near(part)]));
      const requiredKeys = required.filter((name) => name in fields);
      const least = Object.fromEntries(
        Object.entries(fields).filter(([name]) => requiredKeys.includes(name)),
      );
      // The more fields there are, the seldomer all of them are right.
      return fc.oneof(fc.record(fields, { requiredKeys }), fc.record(least));
    }
    case "array":
      return fc.array(near(schema.items ?? {}), { maxLength: 5 });
    case "string":
      return textsOf(schema);
    case "integer":
      return fc.integer({ min: schema.minimum ?? -10, max: schema.maximum ?? 20_000_000 });
    case "number":
      return fc.double();
    case "boolean":
      return fc.boolean();
    default:
      return fc.jsonValue();
  }
}

/** Up to what is allowed and one beyond, but no megabytes: those have tests of their own. */
function textsOf({ minLength = 0, maxLength = 40 }: Schema): fc.Arbitrary<string> {
  const most = Math.min(maxLength + 1, 400);
  const printable = fc.string({ minLength: Math.min(minLength, most), maxLength: most });
  return fc.oneof(
    { arbitrary: minLength > 1 ? printable : fc.lorem({ maxCount: 2 }), weight: 9 },
    printable,
    fc.string({ unit: "binary", maxLength: Math.min(most, 60) }),
    fc.emailAddress(),
    fc.webUrl(),
    fc.constantFrom(
      "",
      " ",
      "\u0000",
      "\ud800",
      "a@b",
      "__proto__",
      "' OR 1=1 --",
      "<script>",
      "%s%n",
      "{{7*7}}",
    ),
  );
}
