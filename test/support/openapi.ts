import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { HttpResponse } from "../../functions/api/http.ts";
import { createApiFixture, json } from "./api-fixture.ts";

/** What tests read of the OpenAPI document. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> & { readonly SignUp: object } };
}

export interface Operation {
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, ResponseObject>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: object;
}

type Content = Readonly<Record<string, { readonly schema: object }>>;

interface ResponseObject {
  readonly headers?: Readonly<Record<string, { readonly schema: object }>>;
  readonly content?: Content;
}

/** The document as the API answers it. */
export async function readOpenApi(): Promise<OpenApi> {
  return json(await createApiFixture().call({ path: "/openapi.json" })) as OpenApi;
}

/**
 * A validator of schemas that refer to the document's components; it answers what is wrong. Readers must bear new fields,
 * so the document forbids none in answers; here what it doesn't mention is a fault.
 */
export function checkerOf({ components }: OpenApi) {
  const ajv = new Ajv2020({ allErrors: true });
  ajv.addVocabulary(["components"]);
  addFormats.default(ajv);
  const compile = (schema: object) => {
    const exact = JSON.stringify({ ...schema, components }, (_, node) =>
      node?.properties ? { ...node, additionalProperties: false } : node,
    );
    return ajv.compile(JSON.parse(exact) as object);
  };
  const compiled = new WeakMap<object, ReturnType<typeof compile>>();
  return (schema: object, value: unknown) => {
    const validate = compiled.get(schema) ?? compile(schema);
    compiled.set(schema, validate);
    return validate(value) ? [] : validate.errors;
  };
}

/** What is wrong with an answer by the document, in words; nothing where it is as stated. */
export type Conformance = (
  request: { readonly method: string; readonly path: string },
  answer: HttpResponse,
) => readonly string[];

/** Answers to requests that the document has no operation for are problems, or say which methods there are. */
export function conformanceOf(document: OpenApi): Conformance {
  const check = checkerOf(document);
  const problem = document.components.schemas["Problem"] ?? {};

  function bodyFaults({ content }: ResponseObject, { headers, body }: HttpResponse): readonly string[] {
    const type = headers["content-type"];
    if (body.length === 0) return [];
    const media = content?.[type ?? ""];
    if (!media) return [`a type that is stated, got ${type}`];
    const value = type?.includes("json") ? JSON.parse(String(body)) : String(body);
    return (check(media.schema, value) ?? []).map((fault) => `body${fault.instancePath} ${fault.message}`);
  }

  function headerFaults({ headers = {} }: ResponseObject, answer: HttpResponse): readonly string[] {
    return Object.entries(headers).flatMap(([name, { schema }]) => {
      const sent = answer.headers[name.toLowerCase()];
      if (sent === undefined) return [];
      const value = (schema as { type?: string }).type === "integer" ? Number(sent) : sent;
      return (check(schema, value) ?? []).map(({ message }) => `${name} ${message}`);
    });
  }

  return ({ method, path }, answer) => {
    const operations = operationsAt(document, path);
    // Methods are of one case (RFC 9110, section 9.1), and "constructor" is none of any operation's.
    const name = method === method.toUpperCase() ? (method === "HEAD" ? "get" : method.toLowerCase()) : "";
    const operation = operations && Object.hasOwn(operations, name) ? operations[name] : undefined;
    const problems = { content: { "application/problem+json": { schema: problem } } };
    if (operation) {
      const declared = operation.responses[answer.status];
      if (!declared) return [`a status that is stated, got ${answer.status}`];
      return [...bodyFaults(declared, answer), ...headerFaults(declared, answer)];
    }
    const expected = operations ? (method === "OPTIONS" ? 204 : 405) : 404;
    if (answer.status !== expected) return [`${expected} without an operation, got ${answer.status}`];
    return bodyFaults(problems, answer);
  };
}

/** The operations of the path in the document that a request's path fits: a name in braces is one segment. */
function operationsAt({ paths }: OpenApi, path: string) {
  const segments = path.split("/");
  return Object.entries(paths).find(([template]) => {
    const names = template.split("/");
    return (
      names.length === segments.length &&
      names.every((name, index) => (name.startsWith("{") ? segments[index] !== "" : segments[index] === name))
    );
  })?.[1];
}
