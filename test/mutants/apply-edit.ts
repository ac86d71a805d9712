import type { Edit } from "./mutant.ts";

/** The file's text with the edit made. Throws where what it looks for isn't there exactly once. */
export function applyEdit(text: string, { file, find, replace }: Edit): string {
  const [before, after, ...more] = text.split(find);
  if (before !== undefined && after !== undefined && more.length === 0) return before + replace + after;
  throw new Error(`${file}: \`${find}\` once, got it ${text.split(find).length - 1} times`);
}
