import { describe, type FlowView } from "../../shared/index.ts";
import { type ProblemKind, problemBody } from "../api/problem.ts";

/** What a client may send, as JSON in a text. */
export type ClientMessage =
  | { readonly action: "subscribe"; readonly flow: string; readonly token: string }
  | { readonly action: "ping" };

/** A text that can't be answered otherwise. */
export class SocketProblem extends Error {
  override readonly name = "SocketProblem";
  readonly kind: ProblemKind;

  constructor(kind: ProblemKind, detail: string, cause?: unknown) {
    super(detail, { cause });
    this.kind = kind;
  }
}

/** UTF-8 bytes of the longest text that is read: a subscription needs 120. */
const mostMessageBytes = 1024;

const actions = "subscribe with flow and token, or ping";

/** @throws SocketProblem where it is none. */
export function parseMessage(text: string): ClientMessage {
  if (Buffer.byteLength(text) > mostMessageBytes) {
    throw new SocketProblem("body-too-large", `A message may have ${mostMessageBytes} bytes at the most.`);
  }
  const message = parseObject(text);
  const { action, flow, token } = message;
  if (action === "ping") return { action };
  if (action !== "subscribe") return refuse("action", actions, action);
  if (typeof flow !== "string") return refuse("flow", "the id of a flow", flow);
  if (typeof token !== "string") {
    // Never what was there: it may be most of a token.
    throw new SocketProblem("malformed-request", "token: the text that starting the flow answered.");
  }
  return { action, flow, token };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Refused below, like any other text.
  }
  throw new SocketProblem("malformed-request", `A message is a JSON object: ${actions}.`);
}

function refuse(path: string, rule: string, got: unknown): never {
  throw new SocketProblem("malformed-request", `${path}: ${rule}, got ${describe(got)}`);
}

/** API Gateway sends frames of 32 KB: what is larger is read by the status route, which has no such limit. */
const mostFlowBytes = 32 * 1024;

/**
 * A flow as it stands. In the answer to a subscription also in how many seconds the connection ends: no time of day, since
 * clients' clocks are off.
 */
export function viewText(view: FlowView, closesInSeconds?: number): string {
  const end = closesInSeconds === undefined ? {} : { closesInSeconds };
  const text = JSON.stringify({ type: "flow", flow: view, ...end });
  if (Buffer.byteLength(text) <= mostFlowBytes) return text;
  const { id, version } = view;
  return JSON.stringify({ type: "changed", flow: id, version, ...end });
}

export const pongText = JSON.stringify({ type: "pong" });

/** A problem in the API's words, and the flow that it is about where that is known. */
export function problemText({ kind, message }: SocketProblem, flow: string | undefined): string {
  return JSON.stringify({
    type: "problem",
    ...(flow === undefined ? {} : { flow }),
    problem: problemBody(kind, message),
  });
}
