import { type FaceName, faceFor } from "./fonts.ts";
import { layOutText, type TextRun, type Weight } from "./text-layout.ts";

/** How a text is set. Sizes and lengths are in points, y is a baseline. */
export interface TextStyle {
  readonly weight: Weight;
  readonly size: number;
  readonly color: string;
  /** Digits of equal width, for columns of numbers. */
  readonly tabular?: boolean;
  /** Between letters; negative for large sizes. */
  readonly tracking?: number;
}

export interface TextBox {
  readonly x: number;
  readonly baseline: number;
  readonly width: number;
  readonly align?: "left" | "right";
  /** What is over is cut, with an ellipsis; one line unless set. */
  readonly maxLines?: number;
  /** From baseline to baseline; 1.4 times the size unless set. */
  readonly leading?: number;
}

/** Sets text on the page of one document. */
export interface Pen {
  /** Sets the text in the box and answers the baseline of the line after its last one. */
  write(text: string, style: TextStyle, box: TextBox): number;
  /** Whether a character had to be substituted so far. */
  readonly substituted: boolean;
}

/** A pen for the document, which may have no other. */
export function createPen(doc: PDFKit.PDFDocument): Pen {
  const use = openFaces(doc);
  let substituted = false;

  const widthOf = ({ text, face }: TextRun, style: TextStyle) =>
    use(face).fontSize(style.size).widthOfString(text, textOptions(style));

  const set = ({ text, face, instead }: TextRun, style: TextStyle, x: number, baseline: number) => {
    use(face).fontSize(style.size).fillColor(style.color);
    if (instead !== undefined) doc.markContent("Span", { actual: instead });
    doc.text(text, x, baseline, { ...textOptions(style), lineBreak: false, baseline: "alphabetic" });
    if (instead !== undefined) doc.endMarkedContent();
    substituted ||= instead !== undefined;
  };

  return {
    get substituted() {
      return substituted;
    },
    write(text, style, box) {
      const { x, width, align = "left", maxLines = 1, leading = style.size * 1.4 } = box;
      let { baseline } = box;
      for (const runs of layOutText(text, style.weight, { width, maxLines, size: style.size })) {
        const widths = runs.map((run) => widthOf(run, style));
        let at = align === "right" ? x + width - widths.reduce((sum, next) => sum + next, 0) : x;
        runs.forEach((run, index) => {
          set(run, style, at, baseline);
          at += widths[index] ?? 0;
        });
        baseline += leading;
      }
      return baseline;
    },
  };
}

/** Makes each face known to the document by its name; pdfkit opens, and so embeds, only those that are used. */
function openFaces(doc: PDFKit.PDFDocument): (face: FaceName) => PDFKit.PDFDocument {
  const opened = new Set<FaceName>();
  return (face) => {
    if (!opened.has(face)) {
      // pdfkit takes a font that fontkit has parsed, which its types don't say.
      doc.registerFont(face, faceFor(face) as unknown as Uint8Array<ArrayBuffer>);
      opened.add(face);
    }
    return doc.font(face);
  };
}

function textOptions({ tabular = false, tracking = 0 }: TextStyle): PDFKit.Mixins.TextOptions {
  return { ...(tabular && { features: ["tnum"] }), ...(tracking && { characterSpacing: tracking }) };
}
