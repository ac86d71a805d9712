import {
  type FlowDefinition,
  IdempotencyConflictError,
  InvalidInputError,
  type NotifyOption,
  type Producer,
  parseNotify,
  type StartedFlow,
  UnavailableError,
} from "../../shared/index.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { parseIdempotencyKey } from "./idempotency-key.ts";
import { invalidInput, ProblemError } from "./problem.ts";
import { readJson } from "./read-json.ts";

/** What the answer says beside the flow. */
export interface StartAnswer {
  /** Where each change of the flow can be heard of. Default nowhere: ask for its status. */
  readonly socketUrl?: string | undefined;
}

export interface StartSteps {
  /** What must be done before a flow of this input is recorded, as the producer's `prepare`. Default nothing. */
  readonly prepare?: (input: unknown) => ((flow: string) => Promise<void>) | undefined;
}

/**
 * Starts a flow with the request's body: 202, also for a replay, which gets a token of its own.
 * @throws ProblemError 4xx for what the caller can mend, 503 where the flow may not have been accepted.
 */
export async function startFlow(
  producer: Producer,
  definition: FlowDefinition,
  request: HttpRequest,
  { socketUrl, prepare }: StartAnswer & StartSteps = {},
): Promise<HttpResponse> {
  const idempotencyKey = parseIdempotencyKey(request.headers["idempotency-key"]);
  const json = readJson(request);
  const trace = request.headers["x-amzn-trace-id"];
  const start = async () => {
    const { input, notify } = splitBody(json);
    return producer.start(definition, input, { idempotencyKey, trace, notify, prepare: prepare?.(input) });
  };
  const { flow, token } = await start().catch((error: unknown) => {
    throw asProblem(error, request);
  });
  const headers = { location: `/flows/${flow.id}`, "content-type": "application/json" };
  const answer: Pick<StartedFlow, "flow" | "token"> = { flow, token };
  const body = JSON.stringify({ ...answer, ...(socketUrl === undefined ? {} : { socket: socketUrl }) });
  return { status: 202, headers, body };
}

/**
 * What the flow gets, and whom it tells: the field `notify` stands beside those of the input.
 * @throws InvalidInputError where it can't be read.
 */
function splitBody(body: unknown): { readonly input: unknown; readonly notify: NotifyOption | undefined } {
  if (typeof body !== "object" || body === null || Array.isArray(body) || !Object.hasOwn(body, "notify"))
    return { input: body, notify: undefined };
  const { notify, ...input } = body as { readonly notify?: unknown };
  return { input, notify: parseNotify(notify) };
}

function asProblem(error: unknown, { headers }: HttpRequest): unknown {
  if (error instanceof InvalidInputError) return invalidInput(error);
  if (error instanceof IdempotencyConflictError) {
    return new ProblemError("idempotency-conflict", "Use a new key for another input.");
  }
  if (error instanceof UnavailableError) {
    // As the caller sent it: a key may be in quotes, and be in need of them.
    const key = headers["idempotency-key"] ?? error.idempotencyKey;
    const details = { headers: { "retry-after": "5", "idempotency-key": key }, idempotencyKey: key };
    return new ProblemError("unavailable", "Repeat the request with this Idempotency-Key.", details, error);
  }
  return error;
}
