import fc from "fast-check";
import type { OpenApi, Operation } from "../openapi.ts";
import { valuesOf } from "./schema-values.ts";

/** A request that was made up. */
export interface FuzzedRequest {
  readonly method: string;
  /** Percent-encoded, or not. */
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** What gets a request beyond its first check: values of path parameters by their names, and tokens that open something. */
export interface Known {
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly tokens: readonly string[];
}

/** Requests for every operation of the document, and a few for what there isn't. */
export function requestsFor(document: OpenApi, known: Known): fc.Arbitrary<FuzzedRequest> {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      requestsOf({ document, known, path, method: method.toUpperCase(), operation }),
    ),
  );
  return fc.oneof(...operations, anywhere());
}

interface Place {
  readonly document: OpenApi;
  readonly known: Known;
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

function requestsOf({ document, known, path, method, operation }: Place): fc.Arbitrary<FuzzedRequest> {
  const segments = path.split("/").map((segment) => {
    if (!segment.startsWith("{")) return fc.constant(segment);
    const values = known.parameters[segment.slice(1, -1)] ?? [];
    const right = values.length > 0 ? [{ arbitrary: fc.constantFrom(...values), weight: 4 }] : [];
    return fc.oneof(...right, strangeSegments);
  });
  return fc.record({
    method: fc.oneof({ arbitrary: fc.constant(method), weight: 12 }, strangeMethods),
    path: fc.tuple(...segments).map((parts) => parts.join("/")),
    query: fc.oneof({ arbitrary: fc.constant(""), weight: 3 }, queries),
    headers: headersOf(operation, document, known),
    body: bodiesOf(operation, document),
  });
}

/** What there is no route for, or one only by luck. */
function anywhere(): fc.Arbitrary<FuzzedRequest> {
  return fc.record({
    method: strangeMethods,
    path: fc.array(strangeSegments, { maxLength: 6 }).map((parts) => `/${parts.join("/")}`),
    query: queries,
    headers: fc.dictionary(headerNames, headerValues, { maxKeys: 6 }),
    body: fc.oneof(fc.string({ maxLength: 100 }), fc.uint8Array({ maxLength: 100 })),
  });
}

const strangeSegments = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ maxLength: 40 }).map((text) => encodeURIComponent(text.toWellFormed())),
  fc.constantFrom("..", ".", "%", "%00", "%2e%2e", "%2F", "%zz", "__proto__", "constructor", "0".repeat(26)),
  fc.constantFrom("", "flows", "sign-ups", "assets", "x".repeat(5_000), "é", "\u0000", "%f0%9f%a6%8a"),
);

const strangeMethods = fc.oneof(
  fc.constantFrom("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "get", "constructor"),
  fc.string({ maxLength: 12 }),
);

const queries = fc.oneof(
  fc.webQueryParameters(),
  fc.string({ maxLength: 60 }),
  fc.constant("a=1&a=2&%zz&__proto__=1"),
);

const headerNames = fc.constantFrom(
  ...["authorization", "content-type", "content-encoding", "accept", "accept-encoding", "cookie"],
  ...["idempotency-key", "if-none-match", "if-match", "if-modified-since", "range", "origin", "referer"],
  ...["access-control-request-method", "access-control-request-headers", "x-http-method-override"],
  ...["x-forwarded-for", "x-forwarded-proto", "x-amzn-trace-id", "traceparent", "host", "__proto__"],
);

const headerValues = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.constantFrom("*", '"', "W/", "Bearer", "Bearer x", "Basic eDp5", "application/json", "null", "bytes=0-"),
  fc.constantFrom("application/json; charset=utf-16", "gzip", "https://evil.example", "x".repeat(9_000), "é"),
);

/** What nobody hits upon who makes up any text. */
function usualValues(name: string): readonly fc.Arbitrary<string>[] {
  return name === "If-None-Match" ? [fc.constantFrom("*", '"x", *')] : [];
}

/** Mostly such headers as the operation takes, and now and then any. */
function headersOf(
  { parameters = [], security = [] }: Operation,
  document: OpenApi,
  { tokens }: Known,
): fc.Arbitrary<Readonly<Record<string, string>>> {
  const stated = Object.fromEntries(
    parameters
      .filter(({ in: place }) => place === "header")
      .map(({ name, schema }) => [
        name.toLowerCase(),
        fc.oneof(valuesOf(schema, document).map(String), headerValues, ...usualValues(name)),
      ]),
  );
  const bearers = fc.constantFrom(...tokens).map((token) => `Bearer ${token}`);
  const known = {
    ...stated,
    "content-type": fc.oneof(
      { arbitrary: fc.constantFrom("application/json", "application/merge-patch+json"), weight: 6 },
      headerValues,
    ),
    ...(security.length > 0
      ? { authorization: fc.oneof({ arbitrary: bearers, weight: 4 }, headerValues) }
      : {}),
  };
  const usual = fc.record(known, { requiredKeys: ["content-type"] });
  const strange = fc.dictionary(headerNames, headerValues, { maxKeys: 3 });
  return fc.oneof(
    { arbitrary: usual, weight: 4 },
    fc.tuple(strange, usual).map(([more, headers]) => ({ ...headers, ...more })),
  );
}

/** Mostly near the body that is stated; else JSON of any kind, texts and bytes. */
function bodiesOf(operation: Operation, document: OpenApi): fc.Arbitrary<string | Uint8Array> {
  const schema = operation.requestBody?.content["application/json"]?.schema;
  if (!schema) return fc.oneof({ arbitrary: fc.constant(""), weight: 3 }, fc.string({ maxLength: 50 }));
  const near = valuesOf(schema, document);
  const broken = fc
    .tuple(near, fc.string({ maxLength: 12 }), fc.jsonValue())
    .chain(([value, name, other]) => {
      const fields = typeof value === "object" && value !== null ? Object.keys(value) : [];
      return fc
        .constantFrom(...fields, name, "__proto__", "constructor")
        .map((field) => ({ ...Object(value), [field]: other }));
    });
  return fc.oneof(
    { arbitrary: near.map((value) => JSON.stringify(value)), weight: 8 },
    { arbitrary: broken.map((value) => JSON.stringify(value)), weight: 4 },
    fc.json({ maxDepth: 6 }),
    near.map((value) => JSON.stringify(value).slice(0, -1)),
    near.map((value) => `\ufeff${JSON.stringify(value)}`),
    fc.constantFrom(
      "[".repeat(10_000),
      '{"a":'.repeat(40),
      "1e400",
      "nul",
      '"\\ud800"',
      '{"email":1,"email":2}',
    ),
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.uint8Array({ maxLength: 200 }),
  );
}
