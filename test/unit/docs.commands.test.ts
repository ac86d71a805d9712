import { existsSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { fencesOf, guides, readPage } from "../support/markdown.ts";

/** The blocks of commands: what stands behind the word `sh`, and the lines. */
function blocksOf(markdown: string) {
  return fencesOf(markdown).flatMap(({ info, text }) => {
    const [, mark] = /^(?:sh|bash|shell|console)\b(.*)$/.exec(info) ?? [];
    return mark === undefined ? [] : [{ mark: mark.trim(), lines: text.split("\n").filter(Boolean) }];
  });
}

type Block = ReturnType<typeof blocksOf>[number];

/**
 * What is wrong with a block. `needs-aws` and `needs-docker` say that no test runs it; else `run-by=<file>` names the test, or the step of CI, that
 * does, and that has each of its lines word by word.
 */
function troubleWith({ mark, lines }: Block, read: (file: string) => string | undefined): string | undefined {
  if (["needs-aws", "needs-docker"].includes(mark)) return undefined;
  const [, file] = /^run-by=(\S+)$/.exec(mark) ?? [];
  if (!file) return `needs-aws, needs-docker or run-by=<file> behind sh, got "${mark}"`;
  const text = read(file);
  if (text === undefined) return `run-by: a file, got ${file}`;
  const missing = lines.find((line) => !text.includes(line.trim()));
  return missing === undefined ? undefined : `${file}: runs this line, got none: ${missing}`;
}

const read = (file: string) => (existsSync(file) ? readPage(file) : undefined);

test.each(guides)("every command of %s is run by a test or marked as one that needs AWS", (page) => {
  const troubles = blocksOf(readPage(page)).map((block) => troubleWith(block, read));
  expect(troubles.filter((trouble) => trouble !== undefined)).toEqual([]);
});

test("the commands of the guides are found at all", () => {
  expect(guides.flatMap((page) => blocksOf(readPage(page))).length).toBeGreaterThan(40);
});

test.each([
  ["```sh needs-aws\naws sts get-caller-identity\n```\n", undefined],
  ["```sh run-by=ci\nnpm test\n```\n", undefined],
  ["```sh\nnpm test\n```\n", 'needs-aws, needs-docker or run-by=<file> behind sh, got ""'],
  ["```bash maybe\nnpm test\n```\n", 'needs-aws, needs-docker or run-by=<file> behind sh, got "maybe"'],
  ["```sh run-by=nowhere\nnpm test\n```\n", "run-by: a file, got nowhere"],
  ["```sh run-by=ci\nnpm test\nnpm start\n```\n", "ci: runs this line, got none: npm start"],
])("a block is accepted or refused by its mark: %j", (markdown, trouble) => {
  const readOnly = (file: string) => (file === "ci" ? 'step "tests" npm test' : undefined);
  expect(blocksOf(markdown).map((block) => troubleWith(block, readOnly))).toEqual([trouble]);
});
