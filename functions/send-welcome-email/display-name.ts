/** Embeddings, overrides and isolates (Unicode UAX #9): what could reorder the sentence around a name, or end its isolate. */
const BIDI_CONTROLS = /[\u202A-\u202E\u2066-\u2069]/gu;

/** Invisible and without a use in a name. Joiners (U+200C, U+200D) and direction marks stay: scripts and emoji need them. */
const INVISIBLE = /[\u00AD\u200B\u2060-\u2064\u206A-\u206F\uFEFF\uFFF9-\uFFFB]/gu;

/** Controls, CR and LF among them, line and paragraph separators, every kind of space. */
const BREAKS_AND_SPACES = /[\p{Cc}\p{Z}]+/gu;

/** A dot, or what IDNA takes for one, right before a letter or digit, as in a host name. */
const INNER_DOT = /[.\uFF0E\u3002\uFF61](?=[\p{L}\p{N}])/gu;

/** A character that makes text run from right to left: Hebrew, Arabic and their kin, and the two marks for it. */
const RIGHT_TO_LEFT =
  /[\u0590-\u08FF\u200F\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/**
 * The name as it may stand in a header or in text: one line, well-formed, NFC, without characters that act on their
 * surroundings. Empty where nothing visible is left.
 *
 * Mail programs make links of anything that looks like a host name, and a sign-up form lets anybody send a text of
 * their choice to any address by way of the name. So a dot inside gets a space after it, and `://` goes:
 * "evil.example" is no link any more, "J.R.R. Tolkien" reads as before. And `=?` is parted, which starts an encoded
 * word (RFC 2047): quoted in an address it is just text, but many readers decode it even there, line breaks and all.
 */
export function displayName(name: string): string {
  const shown = name
    .toWellFormed()
    .normalize("NFC")
    .replace(BIDI_CONTROLS, "")
    .replace(INVISIBLE, "")
    .replaceAll("://", " ")
    .replaceAll("=?", "= ?")
    .replace(INNER_DOT, "$& ")
    .replace(BREAKS_AND_SPACES, " ")
    .trim();
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(shown) ? shown : "";
}

/**
 * The name between first-strong isolates where it could turn the text beside it around. Only there: an invisible
 * character in the subject of every mail looks like spam, and forces an encoded word on plain ASCII.
 */
export function isolated(name: string): string {
  return RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name;
}
