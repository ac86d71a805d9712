import { existsSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { readPage, testsShown, titlesIn } from "../support/markdown.ts";

const shown = testsShown(readPage("docs/promises.md"));

test("each row of the promises names a test", () => {
  const rows = readPage("docs/promises.md").match(/^\| (?!whatever happens|-)/gm) ?? [];
  expect(shown).toHaveLength(rows.length);
  expect(shown.length).toBeGreaterThan(30);
});

test.each(shown)("of the promises, %s has a test with the words %j", (file, title) => {
  expect(existsSync(file)).toBe(true);
  expect(titlesIn(file)).toContain(title);
});
