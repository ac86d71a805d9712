import type { KeptFlow } from "./kept-flow.ts";
import { type Patience, postPatiently } from "./patient-post.ts";
import { type Problem, parseProblem } from "./problem.ts";
import { isFlow } from "./watched-flow.ts";

/** What is signed up, by the names of the API. */
export type Person = Readonly<Record<string, string>>;

export interface Submission {
  readonly person: Person;
  /** Of `Idempotency-Key`: the same for each try, so that none starts anything twice. */
  readonly key: string;
}

export type Outcome =
  | { readonly kind: "started"; readonly started: KeptFlow }
  | { readonly kind: "refused"; readonly status: number; readonly problem: Problem };

/** Signs a person up, as patiently as `postPatiently` does. */
export async function startSignUp({ person, key }: Submission, patience: Patience): Promise<Outcome> {
  const headers = { "idempotency-key": key };
  const { status, body } = await postPatiently({ url: "sign-ups", json: person, headers }, patience);
  const started = status === 202 ? startedFlow(body) : undefined;
  return started ? { kind: "started", started } : { kind: "refused", status, problem: parseProblem(body) };
}

function startedFlow(body: unknown): KeptFlow | undefined {
  const { flow, token, socket } =
    typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  if (!isFlow(flow) || typeof token !== "string") return undefined;
  return { flow: flow.id, token, ...(typeof socket === "string" ? { socket } : {}) };
}
