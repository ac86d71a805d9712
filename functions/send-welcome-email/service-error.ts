/** An error of unknown make as a record, to be parsed field by field; empty where it is no object. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** `words (codes)`, or the words alone where no code is known. */
export function withCodes(words: string, codes: string): string {
  return codes === "" ? words : `${words} (${codes})`;
}
