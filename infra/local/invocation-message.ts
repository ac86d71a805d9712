import type { SQSEvent } from "aws-lambda";

/** To an isolated worker. */
export interface InvocationRequest {
  readonly id: number;
  readonly event: SQSEvent;
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

/** From an isolated worker: what the function answered, as JSON, or what it threw. */
export type InvocationReply =
  | { readonly id: number; readonly answer: string }
  | { readonly id: number; readonly error: string };
