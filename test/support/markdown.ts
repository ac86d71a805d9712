import { readFileSync } from "node:fs";

/** A fenced block of a page: its info string (`sh needs-aws`) and its lines, without the indent of a list. */
export interface Fence {
  readonly info: string;
  readonly text: string;
}

/** A page of this repository, by its path from the root. */
export function readPage(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

export function fencesOf(page: string): Fence[] {
  return [...page.matchAll(/^( *)```(\S.*)\n([\s\S]*?)^\1```$/gm)].map(
    ([, indent = "", info = "", text = ""]) => ({
      info,
      text: text.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
    }),
  );
}
