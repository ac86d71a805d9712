import { UnavailableError } from "../shared/index.ts";

/** A request that was answered 5xx. */
export interface FailedRequest {
  readonly level: "warn";
  readonly event: "request.failed";
  readonly status: string;
  readonly reason: string;
  readonly flow?: string;
}

export type FailureLog = (failure: FailedRequest) => void;

/** What came, and how it was answered. */
export interface Answered {
  /** The method of a request, or `WebSocket`. */
  readonly method: string;
  /** The flow that it was about, where that is known. */
  readonly flow: string | undefined;
  readonly status: number;
}

/** Why it failed, and for which flow: the error may know that better. */
export function failedRequest({ method, flow, status }: Answered, error: unknown): FailedRequest {
  const about = error instanceof UnavailableError ? error.flow : flow;
  return {
    level: "warn",
    event: "request.failed",
    ...(about === undefined ? {} : { flow: about }),
    status: String(status),
    reason: reasonOf(method, error),
  };
}

/**
 * What failed, without personal data: the kinds of the errors, causes included, and the place in the code. An error's
 * message is left out, since it may repeat what a caller sent.
 */
function reasonOf(method: string, error: unknown): string {
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
