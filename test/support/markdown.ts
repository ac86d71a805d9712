import { readdirSync, readFileSync } from "node:fs";

const root = new URL("../../", import.meta.url);

/** A fenced block of a page: its info string (`sh needs-aws`) and its lines, without the indent of a list. */
export interface Fence {
  readonly info: string;
  readonly text: string;
}

/** A page of this repository, by its path from the root. */
export function readPage(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

export function fencesOf(page: string): Fence[] {
  return [...page.matchAll(/^( *)```(\S.*)\n([\s\S]*?)^\1```$/gm)].map(
    ([, indent = "", info = "", text = ""]) => ({
      info,
      text: text.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
    }),
  );
}

/** The guides: what stands in docs/, decisions left out. */
export const guides: readonly string[] = ["docs/", "docs/runbook/"].flatMap((folder) =>
  readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}${name}`),
);

/** The tables' rows that end in a test: its file, and words of a title in it. */
export function testsShown(page: string): readonly (readonly [string, string])[] {
  return [...page.matchAll(/\| `(test\/[^`]+)`: "([^"]+)" *\|/g)].map(
    ([, file = "", title = ""]) => [file, title] as const,
  );
}

/** All titles that a test file has, one a line. */
export function titlesIn(file: string): string {
  const titles = readPage(file).matchAll(
    /(?:test|describe|testShowing)\b[^`"]*?(["`])((?:(?!\1).)+)\1|^\s*\]\)\((["`])((?:(?!\3).)+)\3|^\s*"(.+)",$/gms,
  );
  return [...titles].map(([text]) => text).join("\n");
}
