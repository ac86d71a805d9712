import * as v from "valibot";

/**
 * The rules that the inputs of this service share. Each message is the rule itself, so that a refusal reads
 * `<path>: <rule>, got <value>`; of one field's broken rules the first is told. The same schemas become the JSON Schema
 * of the OpenAPI document: what only code can check stands in a `check`, with its words in a description.
 */

/** Fields that are known, and no others: a typing error in a field's name must not be lost in silence. */
export function record<const Entries extends v.ObjectEntries>(entries: Entries) {
  const known = Object.keys(entries).join(", ");
  const schema = v.strictObject(entries, (issue) => {
    // What valibot reports: an unknown name as "never", another type as "Object", a missing field by its quoted name.
    if (issue.expected === "never") return `no such field (there are ${known})`;
    return issue.expected === "Object" ? `an object with ${known}` : "a field that must be there";
  });
  // To valibot a list is an object too, whose fields would be told to be missing one by one: it is read as null is.
  const run: (typeof schema)["~run"] = (dataset, config) =>
    schema["~run"](Array.isArray(dataset.value) ? { value: null } : dataset, config);
  // The first broken rule of a text ends its checks: a megabyte that is too long is walked no further.
  return v.config({ ...schema, "~run": run }, { abortPipeEarly: true });
}

/** Text of one line, counted in code points as JSON Schema does. */
export function line(least: number, most: number) {
  return v.pipe(
    v.string("a text"),
    v.check((text) => isWithin(text, least, most), `${least} to ${most} characters`),
    v.check((text) => !controlCharacters.test(text), "no control characters"),
    v.check((text) => text.trim() !== "" || least === 0, "not blank"),
    v.metadata({
      minLength: least,
      maxLength: most,
      description: "One line without control characters, not blank.",
    }),
  );
}

/** Text of several lines, limited in UTF-8 bytes: tabs and line breaks are the only control characters. */
export function prose(mostBytes: number) {
  return v.pipe(
    v.string("a text"),
    v.maxBytes(mostBytes, `at most ${mostBytes} bytes of UTF-8`),
    v.check((text) => !proseControlCharacters.test(text), "no control characters but tabs and line breaks"),
    v.metadata({
      maxLength: mostBytes,
      description: `At most ${mostBytes} bytes of UTF-8; tabs and line breaks are the only control characters.`,
    }),
  );
}

/** Of a domain's name (RFC 1035, section 2.3.4): 63 characters, a hyphen at neither end. */
const label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
/** Of what stands before the @ (RFC 5321, section 4.1.2, `Dot-string`). */
const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";

/** An address that any mail server takes: ASCII `local@domain` (RFC 5321, section 4.5.3.1: 64 and 254 at the most). */
export const emailAddress = v.pipe(
  v.string("a text"),
  v.maxLength(254, "an email address of at most 254 characters"),
  v.regex(new RegExp(`^(?=.{1,64}@)${atom}(?:\\.${atom})*@${label}(?:\\.${label})+$`), "an email address"),
  v.metadata({ format: "email", description: "ASCII, `local@domain`.", examples: ["zoe@example.com"] }),
);

export const plan = v.picklist(["free", "pro"], `"free" or "pro"`);

/** A language tag (BCP 47) that Intl takes. */
export const locale = v.pipe(
  v.string("a language tag such as en or pt-BR"),
  v.maxLength(35, "a language tag of at most 35 characters"),
  v.check(isLocale, "a language tag such as en or pt-BR"),
  v.metadata({ description: "A language tag (BCP 47).", examples: ["en", "pt-BR"] }),
);

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

function isWithin(text: string, least: number, most: number): boolean {
  // No text of more than twice as many UTF-16 units can have so few code points: a megabyte isn't walked.
  if (text.length > 2 * most) return false;
  const length = [...text].length;
  return length >= least && length <= most;
}

/** C0, DEL, C1 and the two line separators of Unicode. */
const controlCharacters = /[\p{Cc}\u2028\u2029]/u;
const proseControlCharacters = /(?![\t\n\r])\p{Cc}/u;
