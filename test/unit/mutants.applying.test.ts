import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { applyEdit } from "../mutants/apply-edit.ts";
import { mutants } from "../mutants/mutants.ts";

// `npm run nightly` shows that the simulation finds them.
test.each(mutants.map((mutant) => [mutant.mistake, mutant] as const))(
  "still applies: %s",
  async (_, { edits }) => {
    for (const edit of edits) {
      const text = await readFile(new URL(`../../${edit.file}`, import.meta.url), "utf8");
      expect(applyEdit(text, edit)).not.toBe(text);
    }
  },
);

test("no mistake is listed twice", () => {
  expect(new Set(mutants.map(({ mistake }) => mistake)).size).toBe(mutants.length);
});

test("an edit that finds nothing, or too much, is refused", () => {
  const edit = { file: "a.ts", find: "x", replace: "y" };
  expect(applyEdit("ax", edit)).toBe("ay");
  expect(() => applyEdit("a", edit)).toThrow("a.ts: `x` once, got it 0 times");
  expect(() => applyEdit("xax", edit)).toThrow("got it 2 times");
});
