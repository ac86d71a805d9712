import bidiFactory, { type Bidi } from "bidi-js";
import { advanceOf, type FaceName } from "./fonts.ts";

/** The weight of a text; each has a face of its own and one that stands in for what that lacks. */
export type Weight = "regular" | "strong";

/** A stretch of a line that one face draws, in the order in which it is drawn. */
export interface TextRun {
  readonly text: string;
  readonly face: FaceName;
  /** What the text stands for, where it is a substitution. */
  readonly instead?: string;
}

export interface TextSpace {
  readonly width: number;
  /** Size of the letters, in the unit of the width. */
  readonly size: number;
  readonly maxLines: number;
}

interface Cluster extends TextRun {
  readonly level: number;
  readonly width: number;
}

/** Stands for what no face can draw. Not Inter’s ▯, which is its glyph 0: pdfkit sets that with a wrong width. */
const SUBSTITUTE = "□";

/** More marks than any language stacks on a letter; a hundred of them would be drawn over half of the page. */
const MOST_CODE_POINTS_OF_A_CLUSTER = 8;

/** Ignorable characters (joiners, variation selectors) may be left out where a face lacks them. */
const ignorable = /^\p{Default_Ignorable_Code_Point}$/u;
const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
// The package's types describe its ES module, Node loads its CommonJS one, a bundler either.
const bidi = (bidiFactory as unknown as () => Bidi)();

/**
 * Breaks a text into lines that fit, at spaces or, where a word alone is too wide, between letters; orders each
 * line for drawing by the Unicode bidirectional algorithm. What is over `maxLines` is cut, with an ellipsis.
 * Lines are measured without shaping, which takes a third of the time and errs by a few hundredths at most.
 */
export function layOutText(text: string, weight: Weight, { width, size, maxLines }: TextSpace): TextRun[][] {
  const room = width / size;
  const lines = breakLines(clustersOf(text, weight, room), room);
  const kept = lines.slice(0, maxLines);
  if (lines.length > maxLines) kept.push(withEllipsis(kept.pop() ?? [], weight, room));
  return kept.map((line) => visualOrder(joined(line)).map(drawable));
}

/** Widths are in ems here. A cluster wider than a line, which some ligatures are, is substituted. */
function clustersOf(text: string, weight: Weight, room: number): Cluster[] {
  const { levels } = bidi.getEmbeddingLevels(text);
  return Array.from(graphemes.segment(text), ({ segment, index }) => {
    const level = levels[index] ?? 0;
    const run = runOf(level % 2 ? mirrored(segment) : segment, weight);
    const width = widthOfText(run.text, run.face);
    if (width <= room) return { ...run, level, width };
    return { ...substituteFor(segment, weight), level, width: widthOfText(SUBSTITUTE, weight) };
  });
}

function runOf(cluster: string, weight: Weight): TextRun {
  const characters = [...cluster];
  if (characters.length > MOST_CODE_POINTS_OF_A_CLUSTER) return substituteFor(cluster, weight);
  for (const face of [weight, `${weight}-fallback`] as const) {
    const drawn = characters.filter((character) => has(face, character) || !ignorable.test(character));
    if (drawn.every((character) => has(face, character))) return { text: drawn.join(""), face };
  }
  return substituteFor(cluster, weight);
}

function substituteFor(cluster: string, weight: Weight): TextRun {
  return { text: SUBSTITUTE, face: weight, instead: cluster };
}

function widthOfText(text: string, face: FaceName): number {
  return [...text].reduce((sum, character) => sum + (advanceOf(face, character) ?? 0), 0);
}

function has(face: FaceName, character: string): boolean {
  return advanceOf(face, character) !== undefined;
}

/** A bracket in right-to-left text is drawn as its mirror image. */
function mirrored(cluster: string): string {
  return bidi.getMirroredCharacter(cluster) ?? cluster;
}

function breakLines(clusters: readonly Cluster[], width: number): Cluster[][] {
  const lines: Cluster[][] = [];
  let line: Cluster[] = [];
  for (const cluster of clusters) {
    line.push(cluster);
    if (cluster.text === " " || widthOf(line) <= width) continue;
    const space = line.findLastIndex(({ text }) => text === " ");
    const next = line.splice(space < 0 ? -1 : space + 1);
    lines.push(trimmed(line));
    line = next;
  }
  if (trimmed(line).length > 0) lines.push(trimmed(line));
  return lines;
}

function trimmed(line: readonly Cluster[]): Cluster[] {
  return line.slice(0, line.findLastIndex(({ text }) => text !== " ") + 1);
}

function widthOf(line: readonly Cluster[]): number {
  return line.reduce((sum, { width }) => sum + width, 0);
}

function withEllipsis(line: readonly Cluster[], weight: Weight, room: number): Cluster[] {
  const ellipsis = { text: "…", face: weight, level: 0, width: widthOfText("…", weight) };
  const kept = [...line];
  while (kept.length > 0 && widthOf(kept) + ellipsis.width > room) kept.pop();
  return [...kept, ellipsis];
}

/** Neighbours that are drawn alike become one run. A right-to-left run ends at each space, because pdfkit shapes
 * word by word and would set the words of one run from left to right. */
function joined(line: readonly Cluster[]): Cluster[] {
  const runs: Cluster[] = [];
  for (const cluster of line) {
    const last = runs.at(-1);
    const alone = cluster.level % 2 === 1 && (cluster.text === " " || last?.text === " ");
    if (last && isAlike(last, cluster) && !alone) runs[runs.length - 1] = append(last, cluster);
    else runs.push(cluster);
  }
  return runs;
}

function isAlike(a: Cluster, b: Cluster): boolean {
  return a.face === b.face && a.level === b.level && (a.instead === undefined) === (b.instead === undefined);
}

function append(run: Cluster, { text, width, instead }: Cluster): Cluster {
  const joined = { ...run, text: run.text + text, width: run.width + width };
  return instead === undefined ? joined : { ...joined, instead: (run.instead ?? "") + instead };
}

/** Rule L2 of the bidirectional algorithm: from the highest level down to 1, turn round what is at it or above. */
function visualOrder(runs: readonly Cluster[]): Cluster[] {
  const ordered = [...runs];
  for (let level = Math.max(0, ...runs.map((run) => run.level)); level > 0; level -= 1) {
    for (let start = 0; start < ordered.length; start += 1) {
      const rest = ordered.slice(start);
      const end = rest.findIndex((run) => run.level < level);
      const count = end < 0 ? rest.length : end;
      ordered.splice(start, count, ...rest.slice(0, count).reverse());
      start += count;
    }
  }
  return ordered;
}

/** The shaper turns round runs of right-to-left letters itself, signs between them not. */
function drawable({ text, face, instead, level }: Cluster): TextRun {
  if (instead !== undefined) return { text, face, instead };
  if (level % 2 === 0 || rightToLeft.test(text)) return { text, face };
  return {
    text: Array.from(graphemes.segment(text), ({ segment }) => segment)
      .reverse()
      .join(""),
    face,
  };
}
