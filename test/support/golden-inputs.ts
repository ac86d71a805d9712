import { isDeepStrictEqual } from "node:util";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import { InvalidInputError, parseInput } from "../../shared/catalog/violation.ts";

/** One form that a definition's input had on the wire: the shape of its schema then, and inputs as they were sent. */
export interface GoldenForm {
  /** `1.json`, `2.json` … beside each other in the definition's folder. */
  readonly file: string;
  readonly shape: unknown;
  readonly inputs: readonly unknown[];
}

interface Definition {
  readonly name: string;
  readonly input: StandardSchemaV1;
}

const write = "`ERRAND_GOLDEN=write npm run jest -- inputs.golden`";
const howTo = "(docs/changing-a-job.md)";

/** What is wrong between a definition and the inputs that may still wait for it, each with what to do about it. */
export async function goldenProblems(
  { name, input }: Definition,
  forms: readonly GoldenForm[],
): Promise<readonly string[]> {
  const today = shapeOf(input);
  const recorded = forms.some(({ shape }) => isDeepStrictEqual(shape, today));
  const refusals = await Promise.all(forms.map((form) => refusedInputs(name, input, form)));
  return [
    ...(recorded ? [] : [unrecorded(name, forms)]),
    ...refusals.flat(),
    ...forms.flatMap((form) => unused(name, form, forms)),
  ];
}

function unrecorded(name: string, forms: readonly GoldenForm[]): string {
  const next = `${name}/${nextFile(forms)}`;
  const todo = `${write} writes test/unit/golden/inputs/${next}; add inputs as they will be sent, with every field in one of them ${howTo}`;
  if (forms.length === 0) return `${name}: a golden input, got none. ${todo}`;
  return `${name}: a shape of its schema that is recorded, got a new one. Keep the files that there are, their messages are in flight. ${todo}`;
}

/** Where the next form belongs: numbers go up, also after the first ones were deleted. */
export function nextFile(forms: readonly GoldenForm[]): string {
  return `${Math.max(0, ...forms.map(({ file }) => Number.parseInt(file, 10))) + 1}.json`;
}

async function refusedInputs(name: string, schema: StandardSchemaV1, { file, inputs }: GoldenForm) {
  const refusals = inputs.map(async (input, index) => {
    try {
      await parseInput(schema, input);
      return [];
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      const rules = error.message.replaceAll("\n", "; ");
      return [
        `${name}/${file}: a schema that takes input ${index + 1}, which may be in flight, got "${rules}". Let it take the old form and the new ${howTo}`,
      ];
    }
  });
  return (await Promise.all(refusals)).flat();
}

/** A field that no input has isn't watched: it could be renamed, and nothing would be refused. */
function unused(name: string, { file, shape, inputs }: GoldenForm, forms: readonly GoldenForm[]) {
  if (inputs.length === 0) return [`${name}/${file}: inputs as they are sent, got none`];
  // What is still taken from older deploys stands in their files.
  const used = new Set(forms.flatMap((form) => form.inputs.flatMap(fieldNames)));
  return propertyNames(shape)
    .filter((field) => !used.has(field))
    .map((field) => `${name}/${file}: each field in an input, got none with ${field}`);
}

/** A schema's shape: its JSON Schema as far as it decides what is taken, without the words of its documentation. */
export function shapeOf(schema: StandardSchemaV1): unknown {
  if (!isValibot(schema)) throw new Error(`schema: one of Valibot, got ${schema["~standard"].vendor}`);
  return withoutWords(toJsonSchema(schema, { typeMode: "input", errorMode: "ignore" }));
}

function isValibot(schema: StandardSchemaV1): schema is StandardSchemaV1 & GenericSchema {
  return schema["~standard"].vendor === "valibot";
}

const words = ["$schema", "title", "description", "examples"];
/** Of these the keys are names of their own: a field may be called `title`. */
const named = ["properties", "$defs"];

function withoutWords(schema: unknown): unknown {
  if (Array.isArray(schema)) return listWithoutWords(schema);
  if (!isRecord(schema)) return schema;
  const entries = Object.entries(schema).filter(([name]) => !words.includes(name));
  return Object.fromEntries(
    entries.map(([name, part]) => [name, named.includes(name) ? eachWithoutWords(part) : withoutWords(part)]),
  );
}

/** Names of required fields or choices, whose order says nothing, or schemas. */
function listWithoutWords(parts: readonly unknown[]): readonly unknown[] {
  return parts.every((part) => typeof part === "string") ? parts.toSorted() : parts.map(withoutWords);
}

function eachWithoutWords(parts: unknown): unknown {
  if (!isRecord(parts)) return parts;
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, withoutWords(part)]));
}

/** The names of all fields that a shape knows, at any depth. */
function propertyNames(shape: unknown): readonly string[] {
  if (Array.isArray(shape)) return shape.flatMap(propertyNames);
  if (!isRecord(shape)) return [];
  const own = isRecord(shape["properties"]) ? Object.keys(shape["properties"]) : [];
  return [...new Set([...own, ...Object.values(shape).flatMap(propertyNames)])];
}

function fieldNames(input: unknown): readonly string[] {
  if (Array.isArray(input)) return input.flatMap(fieldNames);
  return isRecord(input) ? [...Object.keys(input), ...Object.values(input).flatMap(fieldNames)] : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
