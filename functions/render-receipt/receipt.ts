import { type Plan, priceOf } from "../pricing.ts";

/** What the job is given. `locale` is a BCP 47 tag that was checked upstream; "en" unless set. */
export interface ReceiptInput {
  readonly name: string;
  readonly email: string;
  readonly plan: Plan;
  readonly locale?: string | undefined;
}

/** A receipt's input and the flow that it is for: its id (Crockford's base32) and the time it was accepted. */
export interface ReceiptOrder extends ReceiptInput {
  readonly flowId: string;
  readonly createdAt: Date;
}

/** Every word on the receipt that is neither the customer's nor made by Intl: what a translation would supply. */
export interface ReceiptLabels {
  /** The language of these labels, a BCP 47 tag: what a screen reader speaks the document in. */
  readonly language: string;
  readonly title: string;
  readonly number: string;
  readonly date: string;
  readonly plan: string;
  readonly issuedTo: string;
  readonly description: string;
  readonly amount: string;
  readonly net: string;
  readonly tax: (percent: string) => string;
  readonly total: string;
  readonly planNames: Readonly<Record<Plan, string>>;
  readonly items: Readonly<Record<Plan, string>>;
  readonly closing: string;
  /** Printed only where a character was substituted; starts with the sign that stands for it. */
  readonly substituted: string;
}

/** A receipt as strings ready to print, in logical order: no formatting is left to whoever draws it. */
export interface Receipt {
  readonly labels: ReceiptLabels;
  readonly createdAt: Date;
  readonly number: string;
  readonly date: string;
  readonly name: string;
  readonly email: string;
  readonly plan: string;
  readonly item: string;
  readonly net: string;
  readonly taxLabel: string;
  readonly tax: string;
  readonly total: string;
}

export const englishLabels: ReceiptLabels = {
  language: "en",
  title: "Receipt",
  number: "Receipt number",
  date: "Date (UTC)",
  plan: "Plan",
  issuedTo: "Issued to",
  description: "Description",
  amount: "Amount",
  net: "Net",
  tax: (percent) => `Tax ${percent}`,
  total: "Total",
  planNames: { free: "Free", pro: "Pro" },
  items: { free: "Errand Free", pro: "Errand Pro" },
  closing: "Thank you for signing up.",
  substituted:
    "□ stands for a character that this receipt’s typefaces lack; the title in the file’s properties has it.",
};

/** The receipt of one sign-up. Pure: the same order gives the same strings under the same ICU data. */
export function receiptFor(order: ReceiptOrder, labels: ReceiptLabels = englishLabels): Receipt {
  const locale = order.locale ?? "en";
  const price = priceOf(order.plan);
  const money = moneyFormat(locale, price.currency);
  return {
    labels,
    createdAt: order.createdAt,
    number: receiptNumber(order.flowId),
    date: formatDate(order.createdAt, locale),
    name: oneLine(order.name),
    email: oneLine(order.email),
    plan: labels.planNames[order.plan],
    item: labels.items[order.plan],
    net: money(price.netCents),
    taxLabel: labels.tax(formatPercent(price.taxPercent, locale)),
    tax: money(price.taxCents),
    total: money(price.totalCents),
  };
}

/** `R-` and the first ten characters of the flow's id, upper-case: 50 bits, and the flow is found again by them. */
function receiptNumber(flowId: string): string {
  return `R-${flowId.slice(0, 10).toUpperCase()}`;
}

/** A locale that Intl doesn't know would else be formatted in the host's own, which differs between machines. */
const known = (locale: string): string[] => [locale, "en"];

function moneyFormat(locale: string, currency: string): (cents: number) => string {
  const format = new Intl.NumberFormat(known(locale), {
    style: "currency",
    currency,
    numberingSystem: "latn",
  });
  return (cents) => withoutBidiMarks(format.format(cents / 100));
}

function formatPercent(percent: number, locale: string): string {
  const format = new Intl.NumberFormat(known(locale), { style: "percent", numberingSystem: "latn" });
  return withoutBidiMarks(format.format(percent / 100));
}

const drawnScripts =
  /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Common}\p{Script=Inherited}]*$/u;

/**
 * The locale's long date; where that is written in a script that the main typeface lacks (ja, ko, ar, he, hi, th…)
 * the locale's numeric date. Always UTC, the Gregorian calendar and Western digits, as for amounts: a receipt's date
 * and sums have to be read, copied and compared by whoever does the books, and "th" alone would be 543 years off.
 */
function formatDate(date: Date, locale: string): string {
  const common = { timeZone: "UTC", calendar: "gregory", numberingSystem: "latn" } as const;
  const long = new Intl.DateTimeFormat(known(locale), { ...common, dateStyle: "long" }).format(date);
  if (drawnScripts.test(withoutBidiMarks(long))) return withoutBidiMarks(long);
  const parts = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  return withoutBidiMarks(new Intl.DateTimeFormat(known(locale), { ...common, ...parts }).format(date));
}

/**
 * Intl puts direction marks around amounts and dates in ar, fa and he. They keep a sum whole inside right-to-left
 * text; here each stands alone on a left-to-right page, where a mark is only a glyph that no font has and a byte
 * that breaks a search for the copied sum. No-break spaces stay: the typeface has them, and they are the locale's.
 */
function withoutBidiMarks(text: string): string {
  return text.replace(/[\u200e\u200f\u061c\u2066-\u2069]/g, "");
}

/**
 * A person's own text on one line: NFC, so that it is found again and one glyph serves one letter; white space and
 * controls become one space; direction overrides are dropped, since they could make a name read as another one.
 */
function oneLine(text: string): string {
  return text
    .normalize("NFC")
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
}
