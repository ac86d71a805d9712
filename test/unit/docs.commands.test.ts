import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";

const root = new URL("../../", import.meta.url);
const pages = [
  ...["docs/", "docs/runbook/"].flatMap((folder) =>
    readdirSync(new URL(folder, root))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}${name}`),
  ),
];

/** A fenced block of commands: what stands behind the word `sh`, and the lines. */
interface Block {
  readonly mark: string;
  readonly lines: readonly string[];
}

function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(?:sh|bash|shell|console)\b(.*)\n([\s\S]*?)^```$/gm)].map(
    ([, mark = "", text = ""]) => ({
      mark: mark.trim(),
      lines: text.split("\n").filter((line) => line !== ""),
    }),
  );
}

/**
 * What is wrong with a block. `needs-aws` says that no test runs it; else `run-by=<file>` names the test, or the step of CI, that
 * does, and that has each of its lines word by word.
 */
function troubleWith({ mark, lines }: Block, read: (file: string) => string | undefined): string | undefined {
  if (mark === "needs-aws") return undefined;
  const [, file] = /^run-by=(\S+)$/.exec(mark) ?? [];
  if (!file) return `needs-aws or run-by=<file> behind sh, got "${mark}"`;
  const text = read(file);
  if (text === undefined) return `run-by: a file, got ${file}`;
  const missing = lines.find((line) => !text.includes(line.trim()));
  return missing === undefined ? undefined : `${file}: runs this line, got none: ${missing}`;
}

const readRepository = (file: string) => {
  const url = new URL(file, root);
  return existsSync(url) ? readFileSync(url, "utf8") : undefined;
};

test.each(pages)("every command of %s is run by a test or marked as one that needs AWS", (page) => {
  const troubles = blocksOf(readRepository(page) ?? "").map((block) => troubleWith(block, readRepository));
  expect(troubles.filter((trouble) => trouble !== undefined)).toEqual([]);
});

test("the runbook's commands are found at all", () => {
  const runbook = pages.filter((page) => page.startsWith("docs/runbook/"));
  expect(runbook.flatMap((page) => blocksOf(readRepository(page) ?? "")).length).toBeGreaterThan(15);
});

test.each([
  ["```sh needs-aws\naws sts get-caller-identity\n```\n", undefined],
  ["```sh run-by=ci\nnpm test\n```\n", undefined],
  ["```sh\nnpm test\n```\n", 'needs-aws or run-by=<file> behind sh, got ""'],
  ["```bash maybe\nnpm test\n```\n", 'needs-aws or run-by=<file> behind sh, got "maybe"'],
  ["```sh run-by=nowhere\nnpm test\n```\n", "run-by: a file, got nowhere"],
  ["```sh run-by=ci\nnpm test\nnpm start\n```\n", "ci: runs this line, got none: npm start"],
])("a block is accepted or refused by its mark: %j", (markdown, trouble) => {
  const read = (file: string) => (file === "ci" ? 'step "tests" npm test' : undefined);
  expect(blocksOf(markdown).map((block) => troubleWith(block, read))).toEqual([trouble]);
});
