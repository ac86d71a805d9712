import { type FlowRecord, isFlowId, type Ledger, tokenMatches } from "../../shared/index.ts";
import type { HttpRequest } from "./http.ts";
import { ProblemError } from "./problem.ts";

/** RFC 6750, section 2.1. */
const bearer = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * The flow that the request's token opens, by one consistent read.
 * @throws ProblemError 401 without a token; 404, always the same, for a wrong flow and a wrong token; 503 where the
 * ledger fails.
 */
export async function openFlow(
  ledger: Ledger,
  request: HttpRequest,
  id: string | undefined,
): Promise<FlowRecord> {
  const token = bearer.exec(request.headers["authorization"] ?? "")?.[1];
  if (token === undefined) {
    const headers = { "www-authenticate": 'Bearer realm="errand"' };
    throw new ProblemError("unauthorized", "Send the token of the flow: Authorization: Bearer <token>.", {
      headers,
    });
  }
  const flow = id !== undefined && isFlowId(id) ? await read(ledger, id) : undefined;
  // Compared also where there is no flow, so that both refusals do the same work.
  if (tokenMatches(token, flow?.tokens ?? []) && flow) return flow;
  throw new ProblemError("not-found", "There is no such flow, or the token isn't its own.");
}

async function read(ledger: Ledger, id: string): Promise<FlowRecord | undefined> {
  try {
    return await ledger.read(id);
  } catch (error) {
    throw unavailable(error);
  }
}

/** What a read is answered with while something that it needs is out of reach. */
export function unavailable(cause: unknown): ProblemError {
  const headers = { "retry-after": "5" };
  return new ProblemError("unavailable", "Ask again in a few seconds.", { headers }, cause);
}
