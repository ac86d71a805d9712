import { inflateSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { getDocument, type PDFDocumentProxy } from "pdfjs-dist/legacy/build/pdf.mjs";
import { type ReceiptOrder, receiptFor } from "../../functions/render-receipt/receipt.ts";
import { renderReceipt } from "../../functions/render-receipt/receipt-pdf.ts";

const A4 = { width: 595.28, height: 841.89 };
const MARGIN = 64;
const order: ReceiptOrder = {
  flowId: "01jz8k3m5n7p9qrstvwxyz0123",
  createdAt: new Date("2026-11-02T23:59:59.999Z"),
  name: "Zoë Ångström",
  email: "zoe@example.com",
  plan: "pro",
};

const render = (changes: Partial<ReceiptOrder> = {}) => renderReceipt(receiptFor({ ...order, ...changes }));

/** Opens the PDF, reads it and closes it, so that no handle is left. */
async function reading<T>(pdf: Uint8Array, read: (document: PDFDocumentProxy) => Promise<T>): Promise<T> {
  const task = getDocument({ data: Uint8Array.from(pdf), verbosity: 0, useSystemFonts: false });
  try {
    return await read(await task.promise);
  } finally {
    await task.destroy();
  }
}

interface Item {
  text: string;
  left: number;
  right: number;
  baseline: number;
  height: number;
}

function itemsOf(pdf: Uint8Array): Promise<Item[]> {
  return reading(pdf, async (document) => {
    const page = await document.getPage(1);
    const { items } = await page.getTextContent();
    return items.flatMap((item) => {
      if (!("str" in item) || item.str.trim() === "") return [];
      const [, , , , left = 0, baseline = 0] = item.transform as number[];
      return [{ text: item.str, left, right: left + item.width, baseline, height: item.height }];
    });
  });
}

async function pageOf(pdf: Uint8Array) {
  return reading(pdf, async (document) => {
    const { width, height } = (await document.getPage(1)).getViewport({ scale: 1 });
    return { pages: document.numPages, width, height };
  });
}

/** Nothing may cross a margin, nor anything but the foot stand in the foot's place. */
function expectInside(items: readonly Item[]): void {
  for (const { text, left, right, baseline, height } of items) {
    const where = `${text} at ${left} to ${right}, ${baseline}`;
    expect([where, left >= MARGIN - 0.5, right <= A4.width - MARGIN + 0.5]).toEqual([where, true, true]);
    expect([where, baseline >= MARGIN - 0.5, baseline + height <= A4.height - MARGIN]).toEqual([
      where,
      true,
      true,
    ]);
  }
  const total = items.find(({ text }) => text === "Total");
  expect(total?.baseline).toBeGreaterThan(MARGIN + 40);
}

test.each(["Zoë Ångström", "Νίκος Παπαδόπουλος", "Đỗ Thị Hương", "Владимир Иванов"])(
  "The name %s is copied from the PDF exactly.",
  async (name) => {
    const items = await itemsOf(await render({ name }));
    expect(items.map(({ text }) => text)).toContain(name);
  },
);

test("Every field of the receipt is copied exactly, in reading order.", async () => {
  const items = await itemsOf(await render({ locale: "de" }));
  expect(items.map(({ text }) => text.replaceAll("\u00a0", " "))).toEqual([
    ...[
      "Errand",
      "Receipt",
      "Receipt number",
      "R-01JZ8K3M5N",
      "Date (UTC)",
      "2. November 2026",
      "Plan",
      "Pro",
    ],
    ...["Issued to", "Zoë Ångström", "zoe@example.com", "Description", "Amount", "Errand Pro", "10,00 €"],
    ...[
      "Net",
      "10,00 €",
      "Tax 20 %",
      "2,00 €",
      "Total",
      "12,00 €",
      "Thank you for signing up.",
      "R-01JZ8K3M5N",
    ],
  ]);
});

test("Amounts end at the right margin, whatever their length.", async () => {
  const items = await itemsOf(await render({ locale: "fr" }));
  const amounts = items.filter(({ text }) => /\d,\d\d/.test(text));
  expect(amounts).toHaveLength(4);
  for (const { right } of amounts) expect(right).toBeCloseTo(A4.width - MARGIN, 0);
});

test("The same receipt is the same bytes, whatever was rendered before.", async () => {
  const first = await render();
  await render({ name: "Νίκος\u00a0∆ Δ\u2019ʼ محمد 山", locale: "fr", plan: "free" });
  const second = await render();
  expect(Buffer.compare(first, second)).toBe(0);
});

test("A look-alike in an earlier receipt doesn't change what is copied from a later one.", async () => {
  await render({ name: "∆elta ∆" });
  const items = await itemsOf(await render({ name: "Δelta Δ" }));
  expect(items.map(({ text }) => text)).toContain("Δelta Δ");
});

test("Fonts are embedded as subsets, and no others are asked of the reader.", async () => {
  const pdf = Buffer.from(await render()).toString("latin1");
  const names = [...pdf.matchAll(/\/BaseFont \/(\S+)/g)].map(([, name]) => name);
  expect(new Set(names).size).toBe(2);
  for (const name of names) expect(name).toMatch(/^[A-Z]{6}\+Inter-(Regular|SemiBold)$/);
  expect(pdf.match(/\/FontFile2 /g)).toHaveLength(2);
  expect(pdf.length).toBeLessThan(30_000);
});

test("The document says what it is: title, author, language, time, tags.", async () => {
  await reading(await render({ name: "山田太郎" }), async (document) => {
    const { info } = await document.getMetadata();
    expect(info).toMatchObject({
      Title: "Receipt R-01JZ8K3M5N, 山田太郎",
      Author: "Errand",
      Language: "en",
      CreationDate: "D:20261102235959Z",
    });
    expect(await document.getMarkInfo()).toMatchObject({ Marked: true });
    const tree = await (await document.getPage(1)).getStructTree();
    expect(JSON.stringify(tree)).toContain('"H1"');
  });
});

/** The page's drawing operators: pdfjs leaves ActualText out of the text it extracts. */
function operatorsOf(pdf: Uint8Array): string {
  const text = Buffer.from(pdf).toString("latin1");
  const streams = [...text.matchAll(/stream\n([\s\S]*?)\nendstream/g)].map(([, body = ""]) =>
    Buffer.from(body, "latin1"),
  );
  return streams.map((body) => (body[0] === 0x78 ? inflateSync(body) : body).toString("latin1")).join("\n");
}

test("What no font has is drawn as a sign that a note explains, and says in its tag what it was.", async () => {
  const pdf = await render({ name: "太郎 Ken" });
  const texts = (await itemsOf(pdf)).map(({ text }) => text);
  expect(texts.join("|")).toContain("|□□|Ken|");
  expect(texts.join("|")).toContain("□ stands for a character");
  expect(operatorsOf(pdf)).toContain(
    `/ActualText (\u00fe\u00ff${Buffer.from("太郎", "utf16le").swap16().toString("latin1")})`,
  );
  const without = (await itemsOf(await render())).map(({ text }) => text);
  expect(without.join("|")).not.toContain("□");
});

test.each([
  ["one word of 200 letters", "W".repeat(200)],
  ["200 letters in words", "Maximiliana Konstantinopoulou ".repeat(7).slice(0, 200)],
  ["200 of the widest ligature", "﷽".repeat(200)],
  ["200 Arabic letters", "محمد عبد الله ".repeat(15).slice(0, 200)],
  ["200 ideographs", "龍".repeat(200)],
])("A name of %s wraps inside the margins, on one page of A4.", async (_, name) => {
  const pdf = await render({ name, email: `${"w".repeat(64)}@${"long-domain.".repeat(15)}example.com` });
  expect(await pageOf(pdf)).toMatchObject({ pages: 1, width: A4.width, height: A4.height });
  expectInside(await itemsOf(pdf));
});

test("Any well-formed name is drawn inside the margins of one page.", async () => {
  const character = fc.oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    fc.constantFrom(
      " ",
      "\u00a0",
      "\u200d",
      "\ufe0f",
      "\u202e",
      "ع",
      "א",
      "(",
      ")",
      "1",
      "﷽",
      "fi",
      "\u0301",
    ),
  );
  const name = fc
    .array(character, { minLength: 1, maxLength: 100 })
    .map((all) => all.join("").slice(0, 200).toWellFormed());
  await fc.assert(
    fc.asyncProperty(name, fc.constantFrom("en", "ar", "ja", "th"), async (anyName, locale) => {
      const pdf = await render({ name: anyName, locale });
      expect((await pageOf(pdf)).pages).toBe(1);
      expectInside(await itemsOf(pdf));
    }),
    { seed: 20261102, numRuns: 60 },
  );
}, 60_000);

test("A thousand receipts are a thousand documents, each its own.", async () => {
  const seen = new Set<string>();
  for (let index = 0; index < 1000; index += 1) {
    const pdf = await render({ flowId: `${String(index).padStart(10, "0")}abcdefghjkmnpqrs` });
    seen.add(
      Buffer.from(pdf)
        .toString("latin1")
        .match(/\/ID \[<(\w+)>/)?.[1] ?? "none",
    );
  }
  expect(seen.size).toBe(1000);
}, 60_000);
