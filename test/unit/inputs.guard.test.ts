import { describe, expect, test } from "@jest/globals";
import * as v from "valibot";
import {
  fieldAdded,
  fieldRemoved,
  fieldRenamed,
  fieldRetyped,
  shipOrder,
} from "../../examples/changing-a-job.ts";
import type { JobDefinition } from "../../shared/catalog/job.ts";
import { goldenProblems, shapeOf } from "../support/golden-inputs.ts";

const before = v.strictObject({ order: v.string(), title: v.optional(v.string()) });
const form = {
  file: "1.json",
  shape: shapeOf(before),
  inputs: [{ order: "7", title: "A book" }, { order: "8" }],
};
const ordered = { order: "7", to: "Ghent", pieces: "3" };
const problems = (input: v.GenericSchema, forms = [form]) => goldenProblems({ name: "ship", input }, forms);

describe("the guard of golden inputs", () => {
  test.each<[string, v.GenericSchema]>([
    ["the schema of the form", before],
    ["its fields in another order", v.strictObject({ title: v.optional(v.string()), order: v.string() })],
    ["other words of documentation", v.pipe(before, v.title("An order"), v.description("What to ship."))],
  ])("is content with %s", async (_, schema) => {
    expect(await problems(schema)).toEqual([]);
  });

  test("asks for a first form, and says how to write it", async () => {
    expect(await problems(before, [])).toEqual([
      "ship: a golden input, got none. `ERRAND_GOLDEN=write npm run jest -- inputs.golden` writes test/unit/golden/inputs/ship/1.json; " +
        "add inputs as they will be sent, with every field in one of them (docs/changing-a-job.md)",
    ]);
  });

  test.each<[string, v.GenericSchema, object]>([
    ["a field more", v.strictObject({ ...before.entries, gift: v.optional(v.boolean()) }), { gift: true }],
    ["a field that may be missing", v.strictObject({ ...before.entries, order: v.optional(v.string()) }), {}],
    ["another limit", v.strictObject({ ...before.entries, order: v.pipe(v.string(), v.maxLength(9)) }), {}],
    ["another default", v.strictObject({ ...before.entries, title: v.optional(v.string(), "none") }), {}],
  ])("asks for a form of a new shape: %s", async (_, schema, more) => {
    const [problem, ...others] = await problems(schema);
    expect(problem).toMatch(/^ship: a shape .* that is recorded, got a new one\. .* writes \S*ship\/2\.json/);
    expect(others).toEqual([]);
    const inputs = [{ order: "9", title: "x", ...more }];
    expect(await problems(schema, [form, { file: "2.json", shape: shapeOf(schema), inputs }])).toEqual([]);
  });

  test.each<[string, JobDefinition, object]>([
    ["adds a field", fieldAdded, { ...ordered, express: true }],
    ["renames a field", fieldRenamed, { order: "8", address: "Ghent", pieces: "1" }],
    ["retypes a field", fieldRetyped, { ...ordered, pieces: 1 }],
    ["removes a field", fieldRemoved, { order: "8", to: "Ghent" }],
  ])("is content with the documented change that %s, once its form is added", async (_, job, sent) => {
    const first = { file: "1.json", shape: shapeOf(shipOrder.input), inputs: [ordered] };
    expect(await goldenProblems(job, [first])).toHaveLength(1);
    const second = { file: "2.json", shape: shapeOf(job.input), inputs: [sent] };
    expect(await goldenProblems(job, [first, second])).toEqual([]);
  });

  test("refuses a schema that refuses an input in flight, and says which", async () => {
    const renamed = v.strictObject({ order: v.string(), name: v.optional(v.string()) });
    const next = { file: "2.json", shape: shapeOf(renamed), inputs: [{ order: "9", name: "A pen" }] };
    expect(await problems(renamed, [form, next])).toEqual([
      expect.stringMatching(
        /^ship\/1\.json: a schema that takes input 1, which may be in flight, got "title: .*"/,
      ),
    ]);
  });

  test("refuses a form in which a field of its shape never occurs, and one without an input", async () => {
    const bare = { ...form, inputs: [{ order: "7" }] };
    expect(await problems(before, [bare])).toEqual([
      "ship/1.json: each field in an input, got none with title",
    ]);
    expect(await problems(before, [{ ...form, inputs: [] }])).toEqual([
      "ship/1.json: inputs as they are sent, got none",
    ]);
  });

  test("knows Valibot's schemas alone, and says so", () => {
    const foreign = {
      "~standard": { version: 1, vendor: "zod", validate: (value: unknown) => ({ value }) },
    } as const;
    expect(() => shapeOf(foreign)).toThrow("schema: one of Valibot, got zod");
  });
});
