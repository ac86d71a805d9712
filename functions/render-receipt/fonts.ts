import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { create, type Font, type GlyphRun } from "fontkit";

/** A typeface in one weight, by the name it has in this program. */
export type FaceName = "regular" | "strong" | "regular-fallback" | "strong-fallback";

/** Inter draws the receipt: Latin with Vietnamese, Greek, Cyrillic. DejaVu Sans stands in for Arabic, Hebrew,
 * Armenian, Georgian, symbols. What neither has is substituted (docs/decisions/0005-pdf-and-fonts.md). */
const files: Readonly<Record<FaceName, string>> = {
  regular: "@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf",
  strong: "@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf",
  "regular-fallback": "dejavu-fonts-ttf/ttf/DejaVuSans.ttf",
  "strong-fallback": "dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf",
};

/** A CommonJS bundle has no `import.meta.url` and no packages: there the files lie in `fonts` beside the bundle. */
function fontFile(path: string): string {
  if (typeof __dirname === "string") return join(__dirname, "fonts", basename(path));
  return createRequire(import.meta.url).resolve(path);
}

const parsed = new Map<FaceName, Font>();

function parse(name: FaceName): Font {
  const known = parsed.get(name);
  if (known) return known;
  const font = create(readFileSync(fontFile(files[name])));
  if (!("createSubset" in font)) throw new Error(`${files[name]}: one font, got a collection`);
  parsed.set(name, font);
  return font;
}

const advances = new Map<string, number>();

/** How far the character moves the pen, in ems; undefined where the face lacks it. Reads the face when first asked. */
export function advanceOf(name: FaceName, character: string): number | undefined {
  const key = `${name}:${character}`;
  const known = advances.get(key);
  if (known !== undefined) return known;
  const font = parse(name);
  const codePoint = character.codePointAt(0) ?? 0;
  if (!font.hasGlyphForCodePoint(codePoint)) return undefined;
  const advance = font.glyphForCodePoint(codePoint).advanceWidth / font.unitsPerEm;
  advances.set(key, advance);
  return advance;
}

/** What pdfkit asks of a shaped run. It scales the positions in place, so each caller gets its own. */
type ShapedRun = Pick<GlyphRun, "glyphs" | "positions" | "advanceWidth">;

const shapers = new Map<FaceName, Font & { _glyphs: object }>();
const shapedRuns = new Map<string, GlyphRun>();

/** Words kept shaped: those of the labels and the commonest names; about 1 KB each. Cleared when full. */
const MOST_SHAPED_RUNS = 2000;

/**
 * Shapes a run, as a function of its arguments alone. fontkit stores in each glyph the characters that it was first
 * asked for, and pdfkit writes those into ToUnicode: with glyphs that live on, the first receipt of a process would
 * decide what copying from a later one gives, and its bytes. So each run is shaped with new glyphs.
 *
 * Measured, CPU of one receipt (Node 24, 2 cores, medians over 400): fonts parsed for each document 80 ms; parsed
 * once 13; words kept shaped as well 6. What is left is subsetting, deflate and pdfkit's own objects.
 */
function shape(name: FaceName, text: string, features: readonly string[]): GlyphRun {
  const key = `${name}:${features.join()}:${text}`;
  const known = shapedRuns.get(key);
  if (known) return known;
  const shaper = shapers.get(name) ?? Object.create(parse(name));
  shapers.set(name, shaper);
  shaper._glyphs = {};
  // Contextual alternates off: Inter's would set the x of "10x20" as a multiplication sign.
  const run = shaper.layout(text, { calt: false, ...Object.fromEntries(features.map((tag) => [tag, true])) });
  if (shapedRuns.size >= MOST_SHAPED_RUNS) shapedRuns.clear();
  shapedRuns.set(key, run);
  return run;
}

/** The face as pdfkit takes it: the tables parsed once, and runs that are the same whatever was drawn before. */
export function faceFor(name: FaceName): Font {
  const layout = (text: string, features: readonly string[] = []): ShapedRun => {
    const run = shape(name, text, features);
    const positions = run.positions.map((position) => ({ ...position }));
    return {
      glyphs: run.glyphs,
      positions,
      get advanceWidth() {
        return positions.reduce((sum, { xAdvance }) => sum + xAdvance, 0);
      },
    };
  };
  return Object.create(parse(name), { layout: { value: layout } });
}
