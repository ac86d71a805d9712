import { jobStatuses } from "../../shared/index.ts";

const time = { type: "string", format: "date-time" };

const job = {
  type: "object",
  required: ["id", "job", "status"],
  properties: {
    id: {
      type: "string",
      description: "`<flow>.<key>`",
      examples: ["06afxg7d5s5qybzc1r1q6m8k2w.render-receipt"],
    },
    job: { type: "string", description: "The name of its definition.", examples: ["render-receipt"] },
    status: { enum: jobStatuses },
    attempts: { type: "integer", minimum: 1, description: "Runs that counted; absent before the first." },
    startedAt: time,
    finishedAt: time,
    heldSince: { ...time, description: "While it is `held`: since when what it waits for is missing." },
    dueAt: { ...time, description: "When it is tried again, while it waits." },
    result: {
      type: "object",
      description: "The public fields of its result. A text may name a file of the job.",
      examples: [{ file: "receipt.pdf" }],
    },
    error: { type: "string", description: "Why it failed, or has to be tried again." },
  },
};

/** JSON Schema of `FlowView`: a test holds real answers against it. */
export const flowViewSchema = {
  type: "object",
  required: ["id", "name", "status", "version", "createdAt", "jobs"],
  properties: {
    id: { type: "string", pattern: "^[0-9a-hjkmnp-tv-z]{26}$" },
    name: { type: "string", examples: ["sign-up"] },
    status: { enum: ["running", "succeeded", "failed"], description: "`running` until each job has ended." },
    version: {
      type: "integer",
      minimum: 0,
      description: "Rises by one with each change: of two answers the one with the higher is the later.",
    },
    createdAt: time,
    jobs: { type: "array", items: job },
  },
};
