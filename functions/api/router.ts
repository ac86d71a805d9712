import type { HttpRequest, HttpResponse } from "./http.ts";
import { problem } from "./problem.ts";

export interface Route {
  readonly method: "GET" | "POST";
  /** `/flows/{flow}`: a name in braces stands for one segment. */
  readonly pattern: string;
  handle(request: HttpRequest, parameters: Parameters): HttpResponse | Promise<HttpResponse>;
}

/** Segments by their names in the pattern, percent-decoded. */
export type Parameters = Readonly<Record<string, string>>;

/** The answer of the route that the request is for, of HEAD and OPTIONS, or 404 and 405. Throws what the route throws. */
export async function route(routes: readonly Route[], request: HttpRequest): Promise<HttpResponse> {
  const matches = routes.flatMap((candidate) => {
    const parameters = match(candidate.pattern, request.path);
    return parameters ? [{ route: candidate, parameters }] : [];
  });
  if (matches.length === 0) return problem("not-found", "There is no such route.");
  const method = request.method === "HEAD" ? "GET" : request.method;
  const found = matches.find((candidate) => candidate.route.method === method);
  if (found) return found.route.handle(request, found.parameters);
  const allow = allowed(matches.map(({ route }) => route.method));
  if (method === "OPTIONS") return { status: 204, headers: { allow }, body: "" };
  return problem("method-not-allowed", `The methods are ${allow}.`, { headers: { allow } });
}

function allowed(methods: readonly string[]): string {
  return [...methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])), "OPTIONS"].join(
    ", ",
  );
}

function match(pattern: string, path: string): Parameters | undefined {
  const names = pattern.split("/");
  const segments = path.split("/");
  if (names.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const segment = segments[index] ?? "";
    if (!name.startsWith("{")) {
      if (segment !== name) return undefined;
    } else if (segment === "") return undefined;
    else parameters[name.slice(1, -1)] = decoded(segment);
  }
  return parameters;
}

/** What can't be decoded names nothing that exists; as it stands it finds nothing either. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
