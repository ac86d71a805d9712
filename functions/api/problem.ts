import type { InvalidInputError, Violation } from "../../shared/index.ts";
import type { HttpResponse } from "./http.ts";

/** Every kind of problem that the API answers with (RFC 9457). Its type is `/problems/<name>`, and stays. */
export const problemKinds = {
  "malformed-request": { status: 400, title: "The request can't be read" },
  unauthorized: { status: 401, title: "A token is needed" },
  "not-found": { status: 404, title: "There is no such thing, or not for you" },
  "method-not-allowed": { status: 405, title: "The resource has no such method" },
  "body-too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The body is not of a type that is read here" },
  "invalid-input": { status: 422, title: "The input breaks its rules" },
  "idempotency-conflict": { status: 422, title: "The idempotency key was used for another input" },
  "too-many-requests": { status: 429, title: "Too many requests of one client" },
  "too-many-subscriptions": { status: 429, title: "Too much is followed at once" },
  "internal-error": { status: 500, title: "A fault of ours" },
  unavailable: { status: 503, title: "Not available at present" },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly title: string }>>;

export type ProblemKind = keyof typeof problemKinds;

interface ProblemDetails {
  readonly headers?: Readonly<Record<string, string>>;
  readonly errors?: readonly Violation[];
  /** With which the request can be repeated and can't start anything twice. */
  readonly idempotencyKey?: string;
}

/** A problem, thrown where it is found and answered by the API. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly response: HttpResponse;

  constructor(kind: ProblemKind, detail: string, details: ProblemDetails = {}, cause?: unknown) {
    super(detail, { cause });
    this.response = problem(kind, detail, details);
  }
}

/** What an input is refused with that breaks its schema. */
export function invalidInput({ violations }: InvalidInputError): ProblemError {
  return new ProblemError("invalid-input", "Mend what errors lists.", { errors: violations });
}

/** The answer for a problem, as `application/problem+json`. */
export function problem(kind: ProblemKind, detail: string, details: ProblemDetails = {}): HttpResponse {
  return {
    status: problemKinds[kind].status,
    headers: { ...details.headers, "content-type": "application/problem+json" },
    body: JSON.stringify(problemBody(kind, detail, details)),
  };
}

/** What tells of a problem, by HTTP and elsewhere. */
export function problemBody(
  kind: ProblemKind,
  detail: string,
  { errors, idempotencyKey }: Omit<ProblemDetails, "headers"> = {},
) {
  const { status, title } = problemKinds[kind];
  return {
    type: `/problems/${kind}`,
    title,
    status,
    detail,
    ...(errors ? { errors: errors.map(shortened) } : {}),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

const longestPath = 120;

/** A path repeats the names of fields, which may be as long as the body: an answer is no amplifier. */
function shortened({ path, rule, got }: Violation): Violation {
  return {
    path: path.length > longestPath ? `${path.slice(0, longestPath).toWellFormed()}…` : path,
    rule,
    got,
  };
}
