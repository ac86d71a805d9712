import { existsSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { readPage, testsShown, titlesIn } from "../support/markdown.ts";

const page = readPage("docs/threats.md");
const shown = testsShown(page);

test("each row of what stops an attack names a test", () => {
  const [, ...sections] = page.split(/^## /m);
  const stopped = sections.filter((section) => section.includes("| shown by"));
  expect(stopped.length).toBeGreaterThan(4);
  for (const section of stopped) {
    const rows = section.match(/^\| (?!what they try|-)/gm) ?? [];
    expect(testsShown(section)).toHaveLength(rows.length);
  }
});

test.each(shown)("of the threats, %s has a test with the words %j", (file, title) => {
  expect(existsSync(file)).toBe(true);
  expect(titlesIn(file)).toContain(title);
});
