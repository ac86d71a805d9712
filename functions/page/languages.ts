/** Offered beside the browser's own; each is written in itself. */
const offered = ["en-GB", "en-US", "cs", "de", "el", "es", "fr", "it", "nl", "pl", "pt-BR", "sv", "uk", "vi"];

/** Fills the list of languages, the browser's own first. */
export function fillLanguages(select: HTMLSelectElement): void {
  const own = Intl.getCanonicalLocales(navigator.language)[0] ?? "en";
  for (const tag of new Set([own, ...offered])) select.add(new Option(nameOf(tag), tag));
}

function nameOf(tag: string): string {
  return new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? tag;
}
