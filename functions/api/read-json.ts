import { describe, type Violation } from "../../shared/index.ts";
import { type HttpRequest, maximumBodyBytes } from "./http.ts";
import { checkJsonValue, measureJson } from "./json-rules.ts";
import { ProblemError } from "./problem.ts";

/**
 * The JSON of a request's body: `application/json` or any `+json`, UTF-8, at most `maximumBodyBytes`. A byte order mark is
 * passed over, as RFC 8259 (section 8.1) lets a reader do. What I-JSON (RFC 7493) forbids is refused: lone surrogates,
 * and one name twice in an object, of which two readers may see two values.
 * @throws ProblemError 415, 413, or 400 for a body that isn't such JSON.
 */
export function readJson({ headers, body }: HttpRequest): unknown {
  checkMediaType(headers["content-type"]);
  checkEncoding(headers["content-encoding"]);
  if (body.length > maximumBodyBytes) {
    throw new ProblemError("body-too-large", `The body may have ${maximumBodyBytes} bytes at the most.`);
  }
  const text = decode(body);
  // Before the parser, which is recursive; and a walk of what it made is safe afterwards.
  const { members, violation: tooDeep } = measureJson(text);
  refuse(tooDeep);
  const value = parse(text);
  refuse(checkJsonValue(value, members));
  return value;
}

const jsonType = /^(?:application\/json|[a-z0-9!#$&^_.-]+\/[a-z0-9!#$&^_.+-]+\+json)$/;

function checkMediaType(header = ""): void {
  const [type = "", ...parameters] = header.toLowerCase().split(";");
  const charset = parameters.map((text) => text.trim()).find((text) => text.startsWith("charset="));
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  if (jsonType.test(type.trim()) && isUtf8) return;
  const got = { path: "Content-Type", rule: "application/json in UTF-8", got: describe(header || undefined) };
  const headers = { "accept-post": "application/json" };
  throw new ProblemError("unsupported-media-type", "Send JSON, and say so.", { headers, errors: [got] });
}

function checkEncoding(header = "identity"): void {
  if (header.toLowerCase() === "identity") return;
  const got = { path: "Content-Encoding", rule: "none", got: describe(header) };
  const headers = { "accept-encoding": "identity" };
  throw new ProblemError("unsupported-media-type", "Send the body uncompressed.", { headers, errors: [got] });
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new ProblemError("malformed-request", "The body is not UTF-8.");
  }
}

/** The parser's own message repeats a piece of the body; where the fault is helps more. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const at = error instanceof Error ? /\(line (\d+) column (\d+)\)$/.exec(error.message) : null;
    const where = at ? `: look at line ${at[1]}, column ${at[2]}` : text === "" ? ": it is empty" : "";
    throw new ProblemError("malformed-request", `The body is not JSON${where}.`);
  }
}

function refuse(violation: Violation | undefined): void {
  if (!violation) return;
  throw new ProblemError("malformed-request", "The body is JSON that is not read here.", {
    errors: [violation],
  });
}
