import { type ProblemKind, problemKinds } from "./problem.ts";

export const anyText = { type: "string" };
export const retryAfter = header("Seconds to wait before asking again.", { type: "integer" });

/** What any operation may be answered with, whatever it is. */
export const anyResponses = {
  "429": { ...problemResponse(["too-many-requests"]), headers: { "Retry-After": retryAfter } },
  ...problems("internal-error"),
};

export function header(description: string, schema: object) {
  return { description, required: true, schema };
}

export function content(schema: object) {
  return { "application/json": { schema } };
}

/** Kinds of one status share a response. */
export function problems(...kinds: readonly ProblemKind[]) {
  const byStatus = Map.groupBy(kinds, (kind) => String(problemKinds[kind].status));
  return Object.fromEntries([...byStatus].map(([status, group]) => [status, problemResponse(group)]));
}

export function problemResponse(kinds: readonly ProblemKind[]) {
  const schema = { $ref: "#/components/schemas/Problem" };
  return {
    description: kinds.map((kind) => problemKinds[kind].title).join("; or: "),
    content: { "application/problem+json": { schema } },
  };
}
