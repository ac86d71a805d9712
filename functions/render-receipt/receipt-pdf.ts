import PDFDocument from "pdfkit";
import { createPen, type Pen, type TextStyle } from "./pen.ts";
import type { Receipt } from "./receipt.ts";

/** A4 in points, and the margins that nothing crosses. */
const page = { width: 595.28, height: 841.89, margin: 64 } as const;
const left = page.margin;
const right = page.width - page.margin;
const width = right - left;

/** Ink and muted both pass WCAG AA on white: 15.9 and 5.5 to 1. */
const ink = "#16202c";
const muted = "#5d6875";
const hairline = "#dfe3e8";
const accent = "#0f6b5c";

const styles = {
  brand: { weight: "strong", size: 15, color: ink, tracking: -0.2 },
  title: { weight: "strong", size: 30, color: ink, tracking: -0.8 },
  label: { weight: "regular", size: 8.5, color: muted },
  value: { weight: "regular", size: 11, color: ink },
  name: { weight: "strong", size: 11, color: ink },
  figure: { weight: "regular", size: 11, color: ink, tabular: true },
  totalLabel: { weight: "strong", size: 11, color: ink },
  total: { weight: "strong", size: 18, color: ink, tabular: true, tracking: -0.2 },
  note: { weight: "regular", size: 8.5, color: muted },
} as const satisfies Record<string, TextStyle>;

/**
 * Draws the receipt: one page of A4, tagged, its fonts embedded as subsets. The same receipt gives the same bytes
 * on the same Node: pdfkit derives the file's id from the document information, whose one date is the flow's, and
 * the subsets' tags from the order in which the fonts are used.
 */
export async function renderReceipt(receipt: Receipt): Promise<Uint8Array> {
  const doc = openDocument(receipt);
  const bytes = collect(doc);
  const root = doc.struct("Document");
  doc.addStructure(root);
  const sheet = { doc, pen: createPen(doc), root };
  drawHead(sheet, receipt);
  drawFacts(sheet, receipt);
  drawAmounts(sheet, receipt, drawCustomer(sheet, receipt));
  drawFoot(sheet, receipt);
  root.end();
  doc.end();
  return bytes;
}

interface Sheet {
  readonly doc: PDFKit.PDFDocument;
  readonly pen: Pen;
  /** The root of the logical structure, which assistive technology reads in the order of drawing. */
  readonly root: PDFKit.PDFStructureElement;
}

function openDocument({ labels, number, name, createdAt }: Receipt): PDFKit.PDFDocument {
  return new PDFDocument({
    size: [page.width, page.height],
    margin: 0,
    // None at first: pdfkit would load Helvetica and measure by it.
    font: "",
    pdfVersion: "1.7",
    tagged: true,
    lang: labels.language,
    displayTitle: true,
    info: {
      Title: [`${labels.title} ${number}`, name].filter(Boolean).join(", "),
      Author: "Errand",
      Creator: "Errand",
      CreationDate: createdAt,
    },
  });
}

function collect(doc: PDFKit.PDFDocument): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    doc.on("data", (chunk: Buffer) => chunks.push(chunk));
    doc.on("end", () => resolve(Buffer.concat(chunks)));
    doc.on("error", reject);
  });
}

/** Draws one element of the logical structure and answers what drawing it answered. */
function element<T>({ doc, root }: Sheet, tag: string, draw: () => T): T | undefined {
  let result: T | undefined;
  const content = doc.struct(tag, {}, () => {
    result = draw();
  });
  root.add(content);
  return result;
}

function rule({ doc }: Sheet, y: number, color: string, weight = 0.75): void {
  doc.markContent("Artifact", { type: "Layout" });
  doc.lineWidth(weight).lineCap("butt").strokeColor(color).moveTo(left, y).lineTo(right, y).stroke();
  doc.endMarkedContent();
}

/** The mark is a way out and back again: a ring with an arrow's head, open where it began. */
function drawHead(sheet: Sheet, { labels }: Receipt): void {
  const { doc, pen } = sheet;
  const [x, y] = [left, page.margin];
  doc.markContent("Artifact", { type: "Layout" });
  doc.roundedRect(x, y, 28, 28, 8).fill(accent);
  doc.lineWidth(2.2).lineCap("round").lineJoin("round").strokeColor("#ffffff");
  // Three quarters of a circle of radius 6.4 about the middle, clockwise from the left; the head points back.
  doc.path(`M ${x + 7.6} ${y + 12.9} a 6.4 6.4 0 1 1 6.4 6.4`).stroke();
  doc.path(`M ${x + 14} ${y + 19.3} m 2.8 -2.8 l -2.8 2.8 l 2.8 2.8`).stroke();
  doc.endMarkedContent();
  element(sheet, "P", () => pen.write("Errand", styles.brand, { x: x + 38, baseline: y + 19.4, width }));
  element(sheet, "H1", () => pen.write(labels.title, styles.title, { x, baseline: 170, width }));
}

/** Number, date and plan, side by side. */
function drawFacts(sheet: Sheet, { labels, number, date, plan }: Receipt): void {
  const facts = [
    [labels.number, number],
    [labels.date, date],
    [labels.plan, plan],
  ] as const;
  const column = width / facts.length;
  facts.forEach(([label, value], index) => {
    const box = { x: left + index * column, width: column - 12 };
    element(sheet, "P", () => sheet.pen.write(label, styles.label, { ...box, baseline: 212 }));
    element(sheet, "P", () => sheet.pen.write(value, styles.value, { ...box, baseline: 229 }));
  });
  rule(sheet, 252, hairline);
}

/** The customer's name and address wrap, within bounds that leave the amounts their room: answers where they end. */
function drawCustomer(sheet: Sheet, { labels, name, email }: Receipt): number {
  const box = { x: left, width: width * 0.75 };
  const write = (text: string, style: TextStyle, baseline: number, maxLines: number) =>
    element(sheet, "P", () => sheet.pen.write(text, style, { ...box, baseline, maxLines })) ?? baseline;
  write(labels.issuedTo, styles.label, 280, 1);
  const end = write(name, styles.name, 297, 14);
  return write(email, styles.value, end + 2, 8);
}

/** The amounts as a table of rows, their figures aligned at the right margin. */
function drawAmounts(sheet: Sheet, { labels, item, net, taxLabel, tax, total }: Receipt, top: number): void {
  const head = top + 36;
  row(sheet, head, [labels.description, styles.label], [labels.amount, styles.label]);
  rule(sheet, head + 10, ink);
  row(sheet, head + 32, [item, styles.name], [net, styles.figure]);
  rule(sheet, head + 48, hairline);
  row(sheet, head + 72, [labels.net, styles.value], [net, styles.figure]);
  row(sheet, head + 92, [taxLabel, styles.value], [tax, styles.figure]);
  rule(sheet, head + 108, ink);
  row(sheet, head + 136, [labels.total, styles.totalLabel], [total, styles.total]);
}

type Cell = readonly [text: string, style: TextStyle];

function row(sheet: Sheet, baseline: number, [label, labelStyle]: Cell, [value, valueStyle]: Cell): void {
  const { pen } = sheet;
  const half = width / 2;
  element(sheet, "P", () => pen.write(label, labelStyle, { x: left, baseline, width: half }));
  element(sheet, "P", () =>
    pen.write(value, valueStyle, { x: left + half, baseline, width: half, align: "right" }),
  );
}

function drawFoot(sheet: Sheet, { labels, number }: Receipt): void {
  const { pen } = sheet;
  const bottom = page.height - page.margin;
  if (pen.substituted) {
    element(sheet, "Note", () =>
      pen.write(labels.substituted, styles.note, { x: left, baseline: bottom - 34, width }),
    );
  }
  rule(sheet, bottom - 18, hairline);
  element(sheet, "P", () =>
    pen.write(labels.closing, styles.note, { x: left, baseline: bottom, width: width / 2 }),
  );
  const box = { x: left + width / 2, baseline: bottom, width: width / 2, align: "right" } as const;
  element(sheet, "P", () => pen.write(number, styles.note, box));
}
