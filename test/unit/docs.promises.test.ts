import { existsSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { readPage } from "../support/markdown.ts";

/** The rows' last cells: a test file, and words of a title in it. */
const shown = [...readPage("docs/promises.md").matchAll(/\| `(test\/[^`]+)`: "([^"]+)" *\|/g)].map(
  ([, file = "", title = ""]) => [file, title] as const,
);

test("each row of the promises names a test", () => {
  const rows = readPage("docs/promises.md").match(/^\| (?!whatever happens|-)/gm) ?? [];
  expect(shown).toHaveLength(rows.length);
  expect(shown.length).toBeGreaterThan(30);
});

test.each(shown)("of the promises, %s has a test with the words %j", (file, title) => {
  expect(existsSync(file)).toBe(true);
  const titles = readPage(file).matchAll(
    /(?:test|describe|testShowing)\b[^`"]*?(["`])((?:(?!\1).)+)\1|^\s*"(.+)",$/gms,
  );
  expect([...titles].map(([text]) => text).join("\n")).toContain(title);
});
