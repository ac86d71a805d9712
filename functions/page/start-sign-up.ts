import type { KeptFlow } from "./kept-flow.ts";
import { createBackoff, type Network, pause } from "./patience.ts";
import { type Problem, parseProblem } from "./problem.ts";
import { isFlow, parseJson } from "./watched-flow.ts";

/** What is signed up, by the names of the API. */
export type Person = Readonly<Record<string, string>>;

/** Why a submission hasn't been answered yet, and in how many seconds it is tried again. */
export interface Waiting {
  readonly why: "offline" | "unreachable" | "busy";
  readonly seconds: number;
}

export interface Submission {
  readonly person: Person;
  /** Of `Idempotency-Key`: the same for each try. */
  readonly key: string;
  readonly network: Network;
  /** Told before each wait. */
  readonly waiting: (waiting: Waiting) => void;
}

export type Outcome =
  | { readonly kind: "started"; readonly started: KeptFlow }
  | { readonly kind: "refused"; readonly status: number; readonly problem: Problem };

/** An answer that takes longer is given up: API Gateway waits for 30 s. */
const patienceMs = 35_000;

/** What passes by itself: too many requests, and what a gateway says while the service is out of reach. */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Signs a person up. What isn't answered is tried again, with the same key and so without starting anything twice, for as
 * long as it takes: after the `Retry-After` of an answer, after a growing wait without one, and at once when the network is back.
 */
export async function startSignUp(submission: Submission): Promise<Outcome> {
  const { network, waiting } = submission;
  const backoff = createBackoff({ retryMs: 1000, mostRetryMs: 30_000 });
  const never = new AbortController().signal;
  for (;;) {
    const response = await post(submission);
    const body = response ? parseJson(await response.text().catch(() => "")) : undefined;
    if (response && !passing.has(response.status)) {
      const started = response.status === 202 ? startedFlow(body) : undefined;
      if (started) return { kind: "started", started };
      return { kind: "refused", status: response.status, problem: parseProblem(body) };
    }
    const least = Number(response?.headers.get("retry-after") ?? 0) * 1000;
    const milliseconds = Math.max(Number.isFinite(least) ? least : 0, backoff.next());
    const why = response ? "busy" : network.onLine ? "unreachable" : "offline";
    waiting({ why, seconds: Math.ceil(milliseconds / 1000) });
    await pause(milliseconds, network, never);
  }
}

async function post({ person, key }: Submission): Promise<Response | undefined> {
  try {
    return await fetch("sign-ups", {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify(person),
      credentials: "omit",
      redirect: "error",
      signal: AbortSignal.timeout(patienceMs),
    });
  } catch {
    return undefined;
  }
}

function startedFlow(body: unknown): KeptFlow | undefined {
  const { flow, token, socket } =
    typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  if (!isFlow(flow) || typeof token !== "string") return undefined;
  return { flow: flow.id, token, ...(typeof socket === "string" ? { socket } : {}) };
}
