import { expect, test } from "@jest/globals";
import { sesRules } from "../../functions/send-welcome-email/ses-rules.ts";
import { smtpRules } from "../../functions/send-welcome-email/smtp-rules.ts";
import { printFailureTables } from "../support/failure-tables.ts";
import { readPage } from "../support/markdown.ts";

const page = readPage("docs/mail-errors.md");

/** The formatter aligns columns. */
const unaligned = (text: string) => text.replaceAll(/ +\|/g, " |").replaceAll(/-{3,}/g, "---").trim();

test("the page has the mailers' tables as they are", () => {
  expect(unaligned(page.slice(page.indexOf("### ")))).toBe(unaligned(printFailureTables()));
});

test("each row has its words and its source, and the sources that are ours are there", () => {
  for (const { words, source } of [sesRules, smtpRules].flatMap((rules) => Object.values(rules).flat())) {
    expect(words).toMatch(/^[A-Z][^@]+[^.]$/);
    expect(source).not.toBe("");
    if (source.startsWith("docs/decisions/")) expect(readPage(source)).not.toBe("");
  }
});
