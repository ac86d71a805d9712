import {
  type FlowDefinition,
  IdempotencyConflictError,
  InvalidInputError,
  type Producer,
  type StartedFlow,
  UnavailableError,
} from "../../shared/index.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { parseIdempotencyKey } from "./idempotency-key.ts";
import { ProblemError } from "./problem.ts";
import { readJson } from "./read-json.ts";

/**
 * Starts a flow with the request's body: 202, also for a replay, which gets a token of its own.
 * @throws ProblemError 4xx for what the caller can mend, 503 where the flow may not have been accepted.
 */
export async function startFlow(
  producer: Producer,
  definition: FlowDefinition,
  request: HttpRequest,
): Promise<HttpResponse> {
  const idempotencyKey = parseIdempotencyKey(request.headers["idempotency-key"]);
  const input = readJson(request);
  const options = { idempotencyKey, trace: request.headers["x-amzn-trace-id"] };
  const { flow, token } = await producer.start(definition, input, options).catch((error: unknown) => {
    throw asProblem(error, request);
  });
  const headers = { location: `/flows/${flow.id}`, "content-type": "application/json" };
  const body: Pick<StartedFlow, "flow" | "token"> = { flow, token };
  return { status: 202, headers, body: JSON.stringify(body) };
}

function asProblem(error: unknown, { headers }: HttpRequest): unknown {
  if (error instanceof InvalidInputError) {
    return new ProblemError("invalid-input", "Mend what errors lists.", { errors: error.violations });
  }
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
