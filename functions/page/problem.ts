/** What of the API's problem details (RFC 9457) a page needs. */
export interface Problem {
  /** `/problems/<kind>`; empty where the answer was none of the API's. */
  readonly type: string;
  readonly detail: string;
  readonly errors: readonly FieldError[];
}

export interface FieldError {
  /** The field's name, or where in it: `bio`, `notify.webhook`. */
  readonly path: string;
  readonly rule: string;
}

/** The problem of an answer; what a gateway or a proxy wrote in its own words has no type. */
export function parseProblem(body: unknown): Problem {
  const { type, detail, errors } = isObject(body) ? body : {};
  return {
    type: typeof type === "string" ? type : "",
    detail: typeof detail === "string" ? detail : "",
    errors: Array.isArray(errors) ? errors.flatMap(fieldError) : [],
  };
}

function fieldError(value: unknown): readonly FieldError[] {
  if (!isObject(value)) return [];
  const { path, rule } = value;
  return typeof path === "string" && typeof rule === "string" ? [{ path, rule }] : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Rules that read better to a person in other words. */
const words: Readonly<Record<string, string>> = {
  "an email address": "Enter an email address, such as zoe@example.com.",
  "an email address of at most 254 characters": "This address is longer than any can be.",
  "1 to 200 characters": "Enter 1 to 200 characters.",
  "not blank": "Enter more than spaces.",
  "a field that must be there": "This is needed.",
  "no control characters": "This has a character in it that can’t be printed. Type it again.",
  "no control characters but tabs and line breaks":
    "This has a character in it that can’t be printed. Paste it as plain text.",
  "image/jpeg or image/png or image/webp or image/avif or image/gif":
    "Choose a JPEG, PNG, WebP, AVIF or GIF picture.",
  "at most 10485760 bytes": "This picture is too large: at most 10 MB.",
  "at least 1 byte": "This file is empty.",
  "an upload that no other sign-up has used": "The picture was used for another sign-up: send it once more.",
  "an upload that was sent, within the last day":
    "Your picture has to be sent again: just sign up once more.",
  "at most 262144 bytes of UTF-8": "This is too long: at most 256 KB.",
};

/** What a person is told of a broken rule. */
export function ruleWords(rule: string): string {
  return words[rule] ?? `What is needed here: ${rule}.`;
}
