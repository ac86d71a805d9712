import { describe } from "../../shared/index.ts";
import { ProblemError } from "./problem.ts";

/** A quoted string of structured fields (RFC 9651, section 3.3.3), the form of the IETF's draft for this header. */
const quotedString = /^"(?:[ !#-[\]-~]|\\["\\])*"$/;
const usableKey = /^[ -~]{16,255}$/;

/**
 * The key of an `Idempotency-Key` header, without the quotes that the IETF's draft wants and few clients send.
 * @throws ProblemError (400) where it is not 16 to 255 printable ASCII characters.
 */
export function parseIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = quotedString.test(header) ? header.slice(1, -1).replaceAll(/\\(.)/g, "$1") : header;
  if (usableKey.test(key)) return key;
  const violation = {
    path: "Idempotency-Key",
    rule: "16 to 255 printable ASCII characters",
    got: describe(key),
  };
  throw new ProblemError("malformed-request", "The header Idempotency-Key can't be used.", {
    errors: [violation],
  });
}
