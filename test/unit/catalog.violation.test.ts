import { expect, describe as group, test } from "@jest/globals";
import fc from "fast-check";
import * as v from "valibot";
import { describe, formatViolation, InvalidInputError, parseInput } from "../../shared/catalog/violation.ts";

test("a refusal reads `<path>: <rule>, got <value>`", () => {
  expect(formatViolation({ path: "a.b", rule: "a text", got: "7" })).toBe("a.b: a text, got 7");
});

group("a value is described", () => {
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  test.each([
    ["as nothing where it is missing", undefined, "nothing"],
    ["as null", null, "null"],
    ["as JSON", { a: [1, "x"] }, `{"a":[1,"x"]}`],
    ["with its line breaks escaped", "a\nb", `"a\\nb"`],
    ["as a number that JSON hasn't", Number.NaN, "NaN"],
    ["as infinity", Number.POSITIVE_INFINITY, "Infinity"],
    ["as a function", () => 1, "a function"],
    ["whole up to 60 characters", "x".repeat(60), `"${"x".repeat(60)}"`],
    ["cut beyond, with its own length", "x".repeat(201), `"${"x".repeat(60)}… (201 characters)`],
    ["with its length in code points", "😀".repeat(201), `"${"😀".repeat(30)}… (201 characters)`],
    [
      "before a character that the cut would halve",
      `${"x".repeat(59)}😀`,
      `"${"x".repeat(59)}… (60 characters)`,
    ],
    [
      "before an escape that the cut would halve",
      `${"x".repeat(59)}\n`,
      `"${"x".repeat(59)}… (60 characters)`,
    ],
    [
      "with a long text's escapes counted as what they are",
      "\u0000".repeat(11),
      `"${"\\u0000".repeat(10)}… (11 characters)`,
    ],
    ["cut with the length of its JSON", ["x".repeat(59)], `["${"x".repeat(58)}… (63 characters)`],
    ["before an escape in its JSON", [`${"x".repeat(57)}\n`], `["${"x".repeat(57)}… (63 characters)`],
    ["with DEL and C1 escaped", "a\u007f\u0085\u009fb\u00a0", `"a\\u007f\\u0085\\u009fb\u00a0"`],
    ["with Unicode's line separators escaped", "\u2028\u2029", `"\\u2028\\u2029"`],
    ["with controls within it escaped", { "\u009b": ["\u2028"] }, `{"\\u009b":["\\u2028"]}`],
    ["with a lone surrogate escaped", "a\ud800", `"a\\ud800"`],
    ["as a symbol on one line", Symbol("a\nb"), "Symbol(a\\u000ab)"],
    ["as a bigint", 10n, "10"],
    ["as a symbol", Symbol("a"), "Symbol(a)"],
    ["in a word where JSON can't", circular, "object"],
  ])("%s", (_, value, text) => {
    expect(describe(value)).toBe(text);
  });

  test("in one short line, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
        (value) => {
          const text = describe(value);
          expect(text.length).toBeLessThan(100);
          expect(text).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029]/u);
        },
      ),
      { seed: 1 },
    );
  });
});

group("an input", () => {
  const schema = v.object({
    person: v.object({ name: v.string("a text"), age: v.optional(v.number("a number"), 7) }),
  });

  test("comes out as its schema has it", async () => {
    expect(await parseInput(schema, { person: { name: "Zoë" } })).toEqual({
      person: { name: "Zoë", age: 7 },
    });
  });

  test("is refused with each broken rule, its path and what was there", async () => {
    const error = await parseInput(schema, { person: { age: "old" } }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as InvalidInputError).violations).toEqual([
      { path: "person.name", rule: expect.any(String), got: "nothing" },
      { path: "person.age", rule: "a number", got: `"old"` },
    ]);
    expect((error as Error).message.split("\n")[1]).toBe(`person.age: a number, got "old"`);
  });

  test("that is no object at all is refused at the path `input`", async () => {
    const refusal = parseInput(v.object({}, "an object"), "text");
    await expect(refusal).rejects.toThrow(`input: an object, got "text"`);
  });

  test("never shows what it inherits", async () => {
    const rejecting = {
      "~standard": {
        version: 1,
        vendor: "x",
        validate: () => ({ issues: [{ message: "no", path: ["constructor", { key: "name" }] }] }),
      },
    } as const;
    await expect(parseInput(rejecting, {})).rejects.toThrow("constructor.name: no, got nothing");
  });

  test("is refused also where JSON can't write it", async () => {
    await expect(parseInput(v.string("a text"), 10n)).rejects.toThrow("input: a text, got 10");
  });
});
