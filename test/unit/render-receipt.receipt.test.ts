import { expect, test } from "@jest/globals";
import { englishLabels, type ReceiptOrder, receiptFor } from "../../functions/render-receipt/receipt.ts";

const order: ReceiptOrder = {
  flowId: "01jz8k3m5n7p9qrstvwxyz0123",
  createdAt: new Date("2026-11-02T23:59:59.999Z"),
  name: "Zoë Ångström",
  email: "zoe@example.com",
  plan: "pro",
};
const NBSP = "\u00a0";

test("The number is R- and the first ten characters of the flow's id, upper-case.", () => {
  expect(receiptFor(order).number).toBe("R-01JZ8K3M5N");
});

test.each([
  ["en", "€10.00", "€2.00", "€12.00", "Tax 20%"],
  ["de", `10,00${NBSP}€`, `2,00${NBSP}€`, `12,00${NBSP}€`, `Tax 20${NBSP}%`],
  ["de-CH", `EUR${NBSP}10.00`, `EUR${NBSP}2.00`, `EUR${NBSP}12.00`, "Tax 20%"],
  ["el", `10,00${NBSP}€`, `2,00${NBSP}€`, `12,00${NBSP}€`, "Tax 20%"],
  ["ja", "€10.00", "€2.00", "€12.00", "Tax 20%"],
  ["ar-EG", `10.00${NBSP}€`, `2.00${NBSP}€`, `12.00${NBSP}€`, "Tax 20%"],
  ["he", `10.00${NBSP}€`, `2.00${NBSP}€`, `12.00${NBSP}€`, "Tax 20%"],
])(
  "Amounts in %s are in the locale's format, in Western digits and without direction marks.",
  (locale, ...sums) => {
    const { net, tax, total, taxLabel } = receiptFor({ ...order, locale });
    expect([net, tax, total, taxLabel]).toEqual(sums);
  },
);

test("A free plan's amounts are zero, in the format of the locale.", () => {
  const { net, tax, total, plan, item } = receiptFor({ ...order, plan: "free", locale: "fr" });
  expect([net, tax, total]).toEqual(Array(3).fill(`0,00${NBSP}€`));
  expect([plan, item]).toEqual(["Free", "Errand Free"]);
});

test.each([
  ["en", "November 2, 2026"],
  ["en-GB", "2 November 2026"],
  ["de", "2. November 2026"],
  ["el", "2 Νοεμβρίου 2026"],
  ["ru", "2 ноября 2026 г."],
  ["ja", "2026/11/02"],
  ["ar", "02/11/2026"],
  ["fa", "2026/11/02"],
])("The date in %s is that of UTC a moment before midnight, wherever the machine is.", (locale, date) => {
  expect(receiptFor({ ...order, locale }).date).toBe(date);
});

test("The date a moment after midnight in UTC is the next day.", () => {
  const createdAt = new Date("2026-11-03T00:00:00.000Z");
  expect(receiptFor({ ...order, createdAt }).date).toBe("November 3, 2026");
});

test("A Thai date is in the Gregorian calendar.", () => {
  expect(receiptFor({ ...order, locale: "th" }).date).toContain("2026");
});

test("A locale that Intl doesn't know is formatted as English, not as the machine's own.", () => {
  expect(receiptFor({ ...order, locale: "tlh" })).toMatchObject({
    date: "November 2, 2026",
    total: "€12.00",
  });
});

test("A name is composed, on one line, and keeps no control of direction.", () => {
  const { name } = receiptFor({ ...order, name: "  Zoe\u0308\n\tA\u030angstro\u0308m \u202egpj.exe " });
  expect(name).toBe("Zoë Ångström gpj.exe");
});

test("The labels can be replaced as a whole.", () => {
  const labels = { ...englishLabels, language: "de", planNames: { free: "Frei", pro: "Profi" } };
  const receipt = receiptFor({ ...order, locale: "de" }, labels);
  expect(receipt.plan).toBe("Profi");
  expect(receipt.labels.language).toBe("de");
});
