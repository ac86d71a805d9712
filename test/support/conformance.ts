import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { HttpResponse } from "../../functions/api/http.ts";
import { describe, formatViolation, type Violation } from "../../shared/catalog/violation.ts";
import type { OpenApi, Operation, ResponseObject } from "./openapi.ts";

/**
 * A validator of schemas that refer to the document's components; it answers what is wrong. Readers must bear new fields,
 * so the document forbids none in answers; here what it doesn't mention is a fault.
 */
export function checkerOf({ components }: OpenApi) {
  const ajv = new Ajv2020({ allErrors: true, verbose: true });
  ajv.addVocabulary(["components"]);
  addFormats.default(ajv);
  const compile = (schema: object) => {
    const exact = JSON.stringify({ ...schema, components }, (_, node) =>
      node?.properties ? { ...node, additionalProperties: false } : node,
    );
    return ajv.compile(JSON.parse(exact) as object);
  };
  const compiled = new WeakMap<object, ReturnType<typeof compile>>();
  return (schema: object, value: unknown): readonly Violation[] => {
    const validate = compiled.get(schema) ?? compile(schema);
    compiled.set(schema, validate);
    return validate(value) ? [] : (validate.errors ?? []).map(violationOf);
  };
}

function violationOf({ instancePath: path, message = "", params, data }: ErrorObject): Violation {
  const { additionalProperty, allowedValues } = params as {
    readonly additionalProperty?: string;
    readonly allowedValues?: readonly unknown[];
  };
  if (additionalProperty !== undefined) {
    const got = describe((data as Readonly<Record<string, unknown>>)[additionalProperty]);
    return { path: `${path}/${additionalProperty}`, rule: "no field that the document lacks", got };
  }
  const rule = allowedValues ? `one of ${allowedValues.join(", ")}` : message;
  return { path, rule, got: describe(data) };
}

/**
 * What is wrong with an answer by the document, a line each: `GET /flows/{flow} 200: /jobs/0/status: one of queued, …, got "x"`.
 * Nothing where it is as stated.
 */
export type Conformance = (
  request: { readonly method: string; readonly path: string },
  answer: HttpResponse,
) => readonly string[];

/** Answers to requests that the document has no operation for are problems, or say which methods there are. */
export function conformanceOf(document: OpenApi): Conformance {
  const check = checkerOf(document);
  return ({ method, path }, answer) => {
    const { template = path, operations } = operationsAt(document, path) ?? {};
    const operation = operations && operationOf(operations, method);
    const where = `${method} ${template} ${answer.status}`;
    const declared = operation
      ? operation.responses[answer.status]
      : undeclared(document, answer, operations ? (method === "OPTIONS" ? 204 : 405) : 404);
    const violations = declared
      ? [...bodyViolations(check, method, declared, answer), ...headerViolations(check, declared, answer)]
      : [{ path: "status", rule: "one that the document states", got: String(answer.status) }];
    return violations.map((violation) => `${where}: ${formatViolation(violation)}`);
  };
}

/** What an answer must be where there is no operation: of this status, and a problem unless it is an answer to OPTIONS. */
function undeclared(
  { components }: OpenApi,
  { status }: HttpResponse,
  expected: number,
): ResponseObject | undefined {
  if (status !== expected) return undefined;
  const schema = components.schemas["Problem"] ?? {};
  return status === 204 ? {} : { content: { "application/problem+json": { schema } } };
}

type Check = ReturnType<typeof checkerOf>;

function bodyViolations(
  check: Check,
  method: string,
  { content }: ResponseObject,
  { headers, body }: HttpResponse,
): readonly Violation[] {
  if (body.length === 0) {
    return content === undefined || method === "HEAD"
      ? []
      : [{ path: "body", rule: "one that is stated", got: "none" }];
  }
  const type = headers["content-type"];
  const media = content?.[type ?? ""];
  if (!media) {
    const types = Object.keys(content ?? {}).join(", ") || "none, since it has no body";
    return [{ path: "Content-Type", rule: types, got: describe(type) }];
  }
  const text = typeof body === "string" ? body : Buffer.from(body).toString();
  if (!type?.includes("json")) return check(media.schema, text);
  try {
    return check(media.schema, JSON.parse(text)).map((each) => ({ ...each, path: each.path || "body" }));
  } catch {
    return [{ path: "body", rule: "JSON", got: describe(text) }];
  }
}

function headerViolations(
  check: Check,
  { headers = {} }: ResponseObject,
  answer: HttpResponse,
): readonly Violation[] {
  return Object.entries(headers).flatMap(([name, { required, schema }]) => {
    const sent = answer.headers[name.toLowerCase()];
    if (sent === undefined)
      return required ? [{ path: name, rule: "a header that is stated", got: "none" }] : [];
    const value = (schema as { type?: string }).type === "integer" ? Number(sent) : sent;
    return check(schema, value).map((violation) => ({ ...violation, path: name }));
  });
}

/** Methods are of one case (RFC 9110, section 9.1), and "constructor" is none of any operation's. */
function operationOf(operations: Readonly<Record<string, Operation>>, method: string): Operation | undefined {
  const name = method === method.toUpperCase() ? (method === "HEAD" ? "get" : method.toLowerCase()) : "";
  return Object.hasOwn(operations, name) ? operations[name] : undefined;
}

/** The operations of the path in the document that a request's path fits: a name in braces is one segment. */
function operationsAt({ paths }: OpenApi, path: string) {
  const segments = path.split("/");
  const found = Object.entries(paths).find(([template]) => {
    const names = template.split("/");
    return (
      names.length === segments.length &&
      names.every((name, index) => (name.startsWith("{") ? segments[index] !== "" : segments[index] === name))
    );
  });
  return found && { template: found[0], operations: found[1] };
}
