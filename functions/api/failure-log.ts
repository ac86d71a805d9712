import { isFlowId, UnavailableError } from "../../shared/index.ts";
import type { HttpRequest } from "./http.ts";

/** A request that was answered 5xx. */
export interface FailedRequest {
  readonly level: "warn";
  readonly event: "request.failed";
  readonly status: string;
  readonly reason: string;
  readonly flow?: string;
}

export type FailureLog = (failure: FailedRequest) => void;

/** The failure of a request: the flow that it was about, where that is known, and why. */
export function failedRequest(
  request: Pick<HttpRequest, "method" | "path">,
  status: number,
  error: unknown,
): FailedRequest {
  const flow = error instanceof UnavailableError ? error.flow : request.path.split("/").find(isFlowId);
  return {
    level: "warn",
    event: "request.failed",
    ...(flow === undefined ? {} : { flow }),
    status: String(status),
    reason: reasonOf(request, error),
  };
}

/**
 * What failed, without personal data: the kinds of the errors, causes included, and the place in the code. An error's
 * message is left out, since it may repeat what a caller sent.
 */
function reasonOf({ method }: Pick<HttpRequest, "method">, error: unknown): string {
  const kinds: string[] = [];
  let place = "";
  for (let cause = error; cause instanceof Error && kinds.length < 4; cause = cause.cause) {
    kinds.push(
      "code" in cause && typeof cause.code === "string" ? `${cause.name} ${cause.code}` : cause.name,
    );
    place = placeOf(cause);
  }
  return `${method}: ${kinds.join(", caused by ") || "no error"}${place}`;
}

/** The innermost frame. Frames come after the message, which is cut off first: it might imitate one. */
function placeOf({ stack = "", message }: Error): string {
  const start = stack.indexOf(message);
  const frame = /^ +at [^\n]*/m.exec(start < 0 ? "" : stack.slice(start + message.length));
  return frame ? ` ${frame[0].trim()}` : "";
}
