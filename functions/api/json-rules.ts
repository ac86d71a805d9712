import { describe, type Violation } from "../../shared/index.ts";

const maximumDepth = 32;

/**
 * One pass over a text that may be JSON, without recursion: how many members its objects have, and whether it is nested
 * too deeply. Ten thousand levels are little to the parser, but whatever walks their value afterwards may run out of stack.
 */
export function measureJson(text: string): { readonly members: number; readonly violation?: Violation } {
  let depth = 0;
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === quote) at = endOfString(text, at);
    else if (character === colon) members++;
    else if (character === openBrace || character === openBracket) depth++;
    else if (character === closeBrace || character === closeBracket) depth--;
    if (depth > maximumDepth) return { members, violation: tooDeep };
  }
  return { members };
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const tooDeep: Violation = { path: "input", rule: `at most ${maximumDepth} levels of nesting`, got: "more" };

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== quote) at += text.charCodeAt(at) === backslash ? 2 : 1;
  return at;
}

/** Names that reach an object's prototype in careless code: no field is called so. */
const pollutingNames: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly rule: string;
  readonly got: string;
}

/**
 * What is wrong with a parsed value whatever its schema: a lone surrogate, a name that pollutes prototypes, a name that
 * came twice. `members` is how many the text had: of two with one name the parser kept the last.
 */
export function checkJsonValue(root: unknown, members: number): Violation | undefined {
  let seen = 0;

  function faultOf(value: unknown): Fault | undefined {
    if (typeof value === "string") return value.isWellFormed() ? undefined : loneSurrogate(value);
    if (typeof value !== "object" || value === null) return undefined;
    if (Array.isArray(value)) return first(value.entries());
    for (const name of Object.keys(value)) {
      seen++;
      if (!name.isWellFormed()) return loneSurrogate(name);
      if (pollutingNames.has(name))
        return { path: [name], rule: "no name that pollutes prototypes", got: describe(name) };
    }
    return first(Object.entries(value));
  }

  function first(children: Iterable<readonly [PropertyKey, unknown]>): Fault | undefined {
    for (const [key, value] of children) {
      const fault = faultOf(value);
      if (fault) return { ...fault, path: [key, ...fault.path] };
    }
    return undefined;
  }

  const fault = faultOf(root);
  if (fault) return { ...fault, path: fault.path.map(String).join(".") || "input" };
  return seen === members ? undefined : repeatedName;
}

const repeatedName: Violation = { path: "input", rule: "each name once in an object", got: "a name twice" };

function loneSurrogate(text: string): Fault {
  return { path: [], rule: "text without lone surrogates", got: describe(text) };
}
