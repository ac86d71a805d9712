import type { StandardSchemaV1 } from "@standard-schema/spec";

/** One broken rule: where, what would be right, and what was there instead. */
export interface Violation {
  /** Dotted path of the value, `input` for the value itself. */
  readonly path: string;
  readonly rule: string;
  readonly got: string;
}

/** Raised before anything is sent: the input breaks its schema. */
export class InvalidInputError extends Error {
  override readonly name = "InvalidInputError";
  readonly violations: readonly Violation[];

  constructor(violations: readonly Violation[]) {
    super(violations.map(formatViolation).join("\n"));
    this.violations = violations;
  }
}

/** Raised when a catalog is read: a definition that can't work. */
export class InvalidDefinitionError extends Error {
  override readonly name = "InvalidDefinitionError";

  constructor(path: string, rule: string, got: unknown) {
    super(formatViolation({ path, rule, got: describe(got) }));
  }
}

/** `<path>: <rule>, got <value>`, the one form of every refusal. */
export function formatViolation({ path, rule, got }: Violation): string {
  return `${path}: ${rule}, got ${got}`;
}

/** The longest excerpt of a refused value that an answer repeats: enough to find it, too little to echo an attack. */
const maximumExcerpt = 60;

/**
 * A value as one short line without control characters: JSON, cut after 60 characters, with how many a long text itself
 * has (code points, as its rules count) or a long value's JSON; `nothing` where it is missing.
 */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "function") return "a function";
  if (typeof value === "string") return describeText(value);
  const text = escapeControls(typeof value === "number" ? String(value) : jsonOf(value));
  const shown = beginning(text);
  return shown === text ? text : `${shown}… (${codePoints(text)} characters)`;
}

function describeText(text: string): string {
  // No more than may be shown is escaped: what is refused can have a megabyte.
  const escaped = escapeControls(JSON.stringify(text.slice(0, maximumExcerpt + 1))).slice(1, -1);
  const shown = beginning(escaped);
  return shown === escaped ? `"${shown}"` : `"${shown}… (${codePoints(text)} characters)`;
}

/** JSON leaves DEL, C1 and Unicode's line separators raw: they break or steer the line of a log or a terminal. */
function escapeControls(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cs}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The first characters of an escaped text; neither a character nor an escape is cut in two. */
function beginning(text: string): string {
  let end = 0;
  for (const [unit] of text.matchAll(/\\u[\da-f]{4}|\\.|./gsu)) {
    if (end + unit.length > maximumExcerpt) break;
    end += unit.length;
  }
  return text.slice(0, end);
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Inputs may come from code too: a bigint or a circular object, which JSON can't write, must not hide its refusal. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value === "bigint" ? String(value) : typeof value;
  }
}

/**
 * Parses `value` with any Standard Schema library (https://standardschema.dev).
 * @throws InvalidInputError that lists each broken rule.
 */
export async function parseInput<Schema extends StandardSchemaV1>(
  schema: Schema,
  value: unknown,
): Promise<StandardSchemaV1.InferOutput<Schema>> {
  const result = await schema["~standard"].validate(value);
  if (!result.issues) return result.value;
  throw new InvalidInputError(
    result.issues.map(({ message, path = [] }) => {
      const keys = path.map((segment) => (typeof segment === "object" ? segment.key : segment));
      const got = keys.reduce<unknown>(ownValue, value);
      return { path: keys.map(String).join(".") || "input", rule: message, got: describe(got) };
    }),
  );
}

function ownValue(parent: unknown, key: PropertyKey): unknown {
  if (typeof parent !== "object" || parent === null || !Object.hasOwn(parent, key)) return undefined;
  return (parent as Record<PropertyKey, unknown>)[key];
}
