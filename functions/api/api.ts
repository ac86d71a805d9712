import { isFlowId } from "../../shared/index.ts";
import { type FailureLog, failedRequest } from "../failure-log.ts";
import type { Uploads } from "../uploads.ts";
import { type ClientThrottle, createClientThrottle } from "./client-throttle.ts";
import { withCors } from "./cors.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "./http.ts";
import { offerUpload, type UploadPorts } from "./offer-upload.ts";
import { type PagePorts, serveAsset, servePage } from "./page.ts";
import { ProblemError, problem } from "./problem.ts";
import { type FlowReader, readFlow, readFlowFile } from "./read-flow.ts";
import { type Route, route } from "./router.ts";
import { withSafeHeaders } from "./safe-headers.ts";
import { type SignUpPorts, startSignUp } from "./start-sign-up.ts";

export interface ApiPorts extends FlowReader, PagePorts, SignUpPorts, UploadPorts {
  readonly uploads: Pick<Uploads, "form" | "claim">;
  readonly log: FailureLog;
}

/** What the API lets through, beyond what each route says. */
export interface ApiRules {
  /** Whose pages may call it: `https://app.example.com`. Default none but its own. */
  readonly corsOrigins?: readonly string[];
  /** Requests a second of one client, of which one that starts work counts as five. Default no limit. */
  readonly clientRatePerSecond?: number | undefined;
}

/** The HTTP API: a table of routes. It answers every request and never throws; `GET /openapi.json` describes it. */
export function createApi(
  ports: ApiPorts,
  routes = createRoutes(ports),
  { corsOrigins = [], clientRatePerSecond }: ApiRules = {},
): HttpHandler {
  const throttle =
    clientRatePerSecond === undefined
      ? undefined
      : createClientThrottle({ ratePerSecond: clientRatePerSecond });
  return async (request) => {
    const refusal = throttle && throttled(throttle, request);
    const answer =
      refusal ??
      (await route(routes, request).catch((error: unknown) => asResponse(error, request, ports.log)));
    const response = withCors(corsOrigins, request, withSafeHeaders(request, answer));
    return { ...response, body: request.method === "HEAD" ? "" : response.body };
  };
}

/** Every route, in the words of the OpenAPI document. */
export function createRoutes(ports: ApiPorts): readonly Route[] {
  return [
    { method: "GET", pattern: "/", handle: (request) => servePage(ports, request) },
    {
      method: "GET",
      pattern: "/assets/{asset}",
      handle: (request, path) => serveAsset(ports, request, path),
    },
    { method: "POST", pattern: "/sign-ups", handle: (request) => startSignUp(ports, request) },
    { method: "POST", pattern: "/uploads", handle: (request) => offerUpload(ports, request) },
    { method: "GET", pattern: "/flows/{flow}", handle: (request, path) => readFlow(ports, request, path) },
    {
      method: "GET",
      pattern: "/flows/{flow}/files/{job}/{file}",
      handle: (request, path) => readFlowFile(ports, request, path),
    },
    { method: "GET", pattern: "/openapi.json", handle: describeApi },
    { method: "GET", pattern: "/health", handle: () => json({ status: "ok" }) },
  ];
}

/** The document is made when it is first asked for: its library is no part of a cold start. */
async function describeApi(): Promise<HttpResponse> {
  const { openApiText } = await import("./openapi.ts");
  return { ...json({}), body: openApiText() };
}

function json(value: unknown): HttpResponse {
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

/** Nothing is noted of it: a flood would fill the log. */
function throttled(throttle: ClientThrottle, request: HttpRequest): HttpResponse | undefined {
  const seconds = throttle(request);
  if (seconds === undefined) return undefined;
  const headers = { "retry-after": String(seconds) };
  return problem("too-many-requests", `Come again in ${seconds} s.`, { headers });
}

function asResponse(error: unknown, { method, path }: HttpRequest, log: FailureLog): HttpResponse {
  const response =
    error instanceof ProblemError ? error.response : problem("internal-error", "It has been noted. Sorry.");
  if (response.status >= 500) {
    const cause = error instanceof ProblemError ? error.cause : error;
    const flow = path.split("/").find(isFlowId);
    log(failedRequest({ method, flow, status: response.status }, cause));
  }
  return response;
}
