/**
 * An element that index.html has.
 * @throws Error where it has none of this id and kind.
 */
export function element<Kind extends Element>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`index.html: #${id} as ${kind.name}, got ${found?.tagName ?? "none"}`);
}

/** The first descendant of a class, as `element` finds one by its id. */
export function part<Kind extends Element>(
  parent: ParentNode,
  className: string,
  kind: new () => Kind,
): Kind {
  const found = parent.querySelector(`.${className}`);
  if (found instanceof kind) return found;
  throw new Error(`index.html: .${className} as ${kind.name}, got ${found?.tagName ?? "none"}`);
}

/** Shows words, or hides their element where there are none. */
export function say(target: HTMLElement, words: string): void {
  if (target.textContent !== words) target.textContent = words;
  target.hidden = words === "";
}

/** Shows words, or hides their element, and reads them out to who can't see that. */
export function sayAloud(target: HTMLElement, words: string): void {
  say(target, words);
  if (words !== "") announce(words);
}

/** Reads words out, in the pauses of what is being read. */
export function announce(words: string): void {
  element("live", HTMLElement).textContent = words;
}
