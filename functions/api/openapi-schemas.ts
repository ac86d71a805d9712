import { toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import { maximumUrlBytes } from "../../shared/index.ts";
import { signUpInput } from "../sign-up.ts";
import { uploadInput } from "../uploads.ts";
import { flowViewSchema } from "./flow-view-schema.ts";
import { problemKinds } from "./problem.ts";

/** Beside the input's fields, in the body of every request that starts a flow. */
const notifySchema = {
  type: "object",
  description: "Whom to tell when the flow has ended. Part of what the Idempotency-Key stands for.",
  required: ["webhook"],
  additionalProperties: false,
  properties: {
    webhook: {
      type: "string",
      format: "uri",
      pattern: "^https://",
      maxLength: maximumUrlBytes,
      description:
        "An https URL of a public host at port 443 or 8443, without credentials and fragment, in at most 500 bytes.",
      examples: ["https://example.com/errand"],
    },
  },
};

const problemSchema = {
  type: "object",
  required: ["type", "title", "status", "detail"],
  properties: {
    type: {
      enum: Object.keys(problemKinds).map((kind) => `/problems/${kind}`),
      description: "Stable: branch on it.",
    },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    errors: {
      type: "array",
      description: "Each broken rule: where, what would be right, and the beginning of what was there.",
      items: {
        type: "object",
        required: ["path", "rule", "got"],
        properties: { path: { type: "string" }, rule: { type: "string" }, got: { type: "string" } },
      },
    },
    idempotencyKey: { type: "string", description: "Repeat with it; nothing can start twice." },
  },
};

/** What operations refer to by name. */
export function componentSchemas() {
  const signUp = jsonSchemaOf(signUpInput);
  return {
    SignUp: { ...signUp, properties: { ...signUp.properties, notify: notifySchema } },
    Upload: jsonSchemaOf(uploadInput),
    Flow: flowViewSchema,
    Problem: problemSchema,
  };
}

/** Rules in code alone (`check`) have no form in JSON Schema; the fields' descriptions say them. */
function jsonSchemaOf(input: GenericSchema) {
  const ignoreActions = ["check", "max_bytes"];
  const schema = toJsonSchema(input, { target: "draft-2020-12", typeMode: "input", ignoreActions });
  const { $schema: _, ...rest } = schema;
  return rest;
}
