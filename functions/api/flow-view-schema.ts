import { idPattern, jobStatuses } from "../../shared/index.ts";

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

const delivery = {
  type: "object",
  required: ["origin", "state", "attempts"],
  properties: {
    origin: {
      type: "string",
      description: "The receiver's scheme, host and port.",
      examples: ["https://hooks.example.com"],
    },
    state: { enum: ["waiting", "delivered", "failed"], description: "`waiting` also while the flow runs." },
    attempts: { type: "integer", minimum: 0 },
    lastAttemptAt: time,
    lastStatus: { type: "integer", description: "The HTTP status of the last answer, where there was one." },
    nextAttemptAt: { ...time, description: "Absent where it waits for its receiver to be back." },
    reason: { type: "string", description: "Why the last attempt failed, or why there will be none." },
  },
};

/** JSON Schema of `FlowView`: a test holds real answers against it. */
export const flowViewSchema = {
  type: "object",
  required: ["id", "name", "status", "version", "createdAt", "jobs"],
  properties: {
    id: { type: "string", pattern: idPattern.source },
    name: { type: "string", examples: ["sign-up"] },
    status: { enum: ["running", "succeeded", "failed"], description: "`running` until each job has ended." },
    version: {
      type: "integer",
      minimum: 0,
      description: "Rises by one with each change: of two answers the one with the higher is the later.",
    },
    createdAt: time,
    jobs: { type: "array", items: job },
    deliveries: {
      type: "array",
      items: delivery,
      description:
        "Of the notification that the request asked for; absent where it asked for none. The operator's own endpoints aren't among them.",
    },
  },
};
