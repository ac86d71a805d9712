import type {
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  APIGatewayProxyResult,
  APIGatewayProxyStructuredResultV2,
} from "aws-lambda";
import type { HttpHandler, HttpRequest, HttpResponse } from "./http.ts";

/** What is read of an event in format 1.0, which a REST API sends. */
type RestEvent = Pick<
  APIGatewayProxyEvent,
  | "httpMethod"
  | "path"
  | "headers"
  | "multiValueHeaders"
  | "queryStringParameters"
  | "multiValueQueryStringParameters"
  | "body"
  | "isBase64Encoded"
> & { readonly requestContext?: { readonly identity?: { readonly sourceIp?: string | undefined } } };

/** What is read of an event in format 2.0, which an HTTP API sends. */
type HttpEvent = Pick<
  APIGatewayProxyEventV2,
  "rawPath" | "rawQueryString" | "headers" | "body" | "isBase64Encoded"
> & {
  readonly requestContext: {
    readonly stage: string;
    readonly http: { readonly method: string; readonly sourceIp?: string };
  };
};

/** Either format: emulators offer now one kind of API, now the other. */
export type LambdaHttpEvent = RestEvent | HttpEvent;

/** An answer that both formats take. */
export type LambdaHttpResult = APIGatewayProxyResult & APIGatewayProxyStructuredResultV2;

/** A function behind a REST or an HTTP API with a Lambda proxy integration. */
export type HttpFunction = (event: LambdaHttpEvent) => Promise<LambdaHttpResult>;

/** The Lambda function of an HTTP handler, which `ready` answers. Rejects only where that does; API Gateway then says 5xx. */
export function httpFunction(ready: () => Promise<HttpHandler>): HttpFunction {
  return async (event) => {
    const handle = await ready();
    return lambdaResult(await handle(withTrace(httpRequest(event), process.env["_X_AMZN_TRACE_ID"])));
  };
}

/**
 * Lambda's word on the trace of this invocation goes before the header that API Gateway handed on: its parent is this
 * function's own segment, and it says whether Lambda samples it. It changes with each invocation.
 */
function withTrace(request: HttpRequest, trace: string | undefined): HttpRequest {
  return trace ? { ...request, headers: { ...request.headers, "x-amzn-trace-id": trace } } : request;
}

/** The plain request of an event of either format. */
export function httpRequest(event: LambdaHttpEvent): HttpRequest {
  const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  if ("rawPath" in event) {
    const { method, sourceIp } = event.requestContext.http;
    const path = encodedPath(withoutStage(event.rawPath, event.requestContext.stage));
    const headers = headersOf(event.headers);
    return { method, path, query: event.rawQueryString ?? "", ...headers, body, ...sourceOf(sourceIp) };
  }
  const { httpMethod, path, headers, multiValueHeaders } = event;
  return {
    method: httpMethod,
    path: encodedPath(path),
    query: encodedQuery(event),
    // Two headers of one name: `headers` has only the last of them.
    ...headersOf(multiValueHeaders ?? headers),
    body,
    ...sourceOf(event.requestContext?.identity?.sourceIp),
  };
}

/** Text goes as it is, bytes as base64: the only form in which a function can answer them. */
export function lambdaResult({ status, headers, body }: HttpResponse): LambdaHttpResult {
  const isText = typeof body === "string";
  return {
    statusCode: status,
    headers: { ...headers },
    body: isText ? body : Buffer.from(body).toString("base64"),
    isBase64Encoded: !isText,
  };
}

/** In format 2.0 the path starts with the stage unless that is `$default`; in 1.0 it never does. */
function withoutStage(path: string, stage: string): string {
  const prefix = `/${stage}`;
  if (stage === "$default" || !(path === prefix || path.startsWith(`${prefix}/`))) return path;
  return path.slice(prefix.length) || "/";
}

/**
 * API Gateway hands the path over decoded, in part or whole, and emulators don't. What can't stand in a path is encoded
 * again; an escape that is there stays.
 */
function encodedPath(path: string): string {
  return path
    .toWellFormed()
    .replaceAll(/%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]+/g, encodeURIComponent);
}

/** Format 1.0 has the query's parameters decoded and taken apart, and nowhere as they came. */
function encodedQuery(
  event: Pick<APIGatewayProxyEvent, "queryStringParameters" | "multiValueQueryStringParameters">,
): string {
  return entries(event.multiValueQueryStringParameters ?? event.queryStringParameters)
    .flatMap(([name, values]) => values.map((value) => [name, value].map(encode).join("=")))
    .join("&");
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** Of the connection to API Gateway: `X-Forwarded-For` begins with whatever the caller wrote there. */
function sourceOf(address: string | undefined): Pick<HttpRequest, "source"> {
  return address ? { source: address } : {};
}

/** API Gateway itself says how a request came, whatever the caller wrote there; emulators listen without TLS. */
function headersOf(values: Values): Pick<HttpRequest, "headers" | "https"> {
  const headers = joined(values);
  return { headers, https: headers["x-forwarded-proto"] === "https" };
}

function joined(headers: Values): Readonly<Record<string, string>> {
  const byName = Map.groupBy(entries(headers), ([name]) => name.toLowerCase());
  return Object.fromEntries(
    [...byName].map(([name, group]) => [name, group.flatMap(([, values]) => values).join(", ")]),
  );
}

type Values = Readonly<Record<string, string | string[] | undefined>> | null | undefined;

function entries(values: Values): [string, string[]][] {
  return Object.entries(values ?? {}).flatMap(([name, value]): [string, string[]][] => {
    if (value === undefined || value === null) return [];
    return [[name, typeof value === "string" ? [value] : value]];
  });
}
