import { toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import { idPattern, maximumUrlBytes } from "../../shared/index.ts";
import { signUp, signUpInput } from "../sign-up.ts";
import { uploadFormSeconds, uploadInput } from "../uploads.ts";
import { flowViewSchema } from "./flow-view-schema.ts";
import { maximumBodyBytes } from "./http.ts";
import { type ProblemKind, problemKinds } from "./problem.ts";

/** The OpenAPI 3.1 document, from the schemas that validate, as JSON. */
export function openApiText(): string {
  document ??= JSON.stringify(openApi());
  return document;
}

let document: string | undefined;

function openApi() {
  return {
    openapi: "3.1.1",
    info: {
      title: "Errand",
      version: "1",
      description:
        "Starts flows of background jobs, and tells how they stand. Errors are RFC 9457 problem details.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [],
    paths: {
      "/": { get: pageOperation },
      "/assets/{asset}": { get: assetOperation },
      "/sign-ups": { post: startOperation },
      "/uploads": { post: uploadOperation },
      "/flows/{flow}": { get: readOperation },
      "/flows/{flow}/files/{job}/{file}": { get: fileOperation },
      "/openapi.json": { get: plainOperation("describe", "This document.", { type: "object" }) },
      "/health": {
        get: plainOperation("health", "Whether the service listens; it asks nobody else.", healthSchema),
      },
    },
    components: {
      schemas: {
        SignUp: signUpSchema(),
        Upload: jsonSchemaOf(uploadInput),
        Flow: flowViewSchema,
        Problem: problemSchema,
      },
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "The token that starting the flow answered." },
      },
    },
  };
}

function signUpSchema() {
  const schema = jsonSchemaOf(signUpInput);
  return { ...schema, properties: { ...schema.properties, notify: notifySchema } };
}

/** Rules in code alone (`check`) have no form in JSON Schema; the fields' descriptions say them. */
function jsonSchemaOf(input: GenericSchema) {
  const ignoreActions = ["check", "max_bytes"];
  const schema = toJsonSchema(input, { target: "draft-2020-12", typeMode: "input", ignoreActions });
  const { $schema: _, ...rest } = schema;
  return rest;
}

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

const healthSchema = { type: "object", required: ["status"], properties: { status: { const: "ok" } } };
const flow = { $ref: "#/components/schemas/Flow" };
const anyText = { type: "string" };
const retryAfter = header("Seconds to wait before asking again.", { type: "integer" });
const whileItRuns = { ...retryAfter, required: false };
const path = { in: "path", required: true, schema: anyText };
const flowPath = { name: "flow", ...path, description: "The flow's id." };

const inputKinds = ["invalid-input", "idempotency-conflict"] as const;

/** What any operation may be answered with, whatever it is. */
const anyResponses = {
  "429": { ...problemResponse(["too-many-requests"]), headers: { "Retry-After": retryAfter } },
  ...problems("internal-error"),
};

const kept = {
  parameters: [{ name: "If-None-Match", in: "header", schema: anyText }],
  headers: { ETag: header("Changes with the answer.", anyText) },
  unchanged: { "304": { description: "What the caller has is still right." } },
};
const text = { schema: anyText };

const pageOperation = {
  operationId: "page",
  summary: "The sign-up page.",
  parameters: kept.parameters,
  responses: {
    "200": {
      description: "For a browser.",
      headers: kept.headers,
      content: { "text/html; charset=utf-8": text },
    },
    ...kept.unchanged,
    ...anyResponses,
  },
};

const assetOperation = {
  operationId: "pageAsset",
  summary: "A file of the page; its name has a hash of its contents, so it never changes.",
  parameters: [{ name: "asset", ...path }, ...kept.parameters],
  responses: {
    "200": {
      description: "A script, a style sheet, or a picture.",
      headers: kept.headers,
      content: {
        "text/javascript; charset=utf-8": text,
        "text/css; charset=utf-8": text,
        "image/svg+xml": text,
      },
    },
    ...kept.unchanged,
    ...problems("not-found"),
    ...anyResponses,
  },
};

const startOperation = {
  operationId: "signUp",
  summary: `Starts the flow ${signUp.name}.`,
  description: "The same Idempotency-Key and body give the same flow, also when two arrive at once.",
  parameters: [
    {
      name: "Idempotency-Key",
      in: "header",
      description: "Random, a new one for each sign-up; repeat the request with it when an answer was lost.",
      schema: { type: "string", minLength: 16, maxLength: 255, pattern: "^[ -~]*$" },
    },
  ],
  requestBody: {
    required: true,
    description: `Any \`+json\` type in UTF-8, at most ${maximumBodyBytes} bytes.`,
    content: { "application/json": { schema: { $ref: "#/components/schemas/SignUp" } } },
  },
  responses: {
    "202": {
      description: "Accepted: every job will end, and the flow tells how.",
      headers: { Location: header("The flow.", { type: "string", format: "uri-reference" }) },
      content: content({
        type: "object",
        required: ["flow", "token"],
        properties: {
          flow,
          socket: {
            type: "string",
            format: "uri-reference",
            description:
              "A WebSocket that tells of each change, where there is one: docs/following.md. Relative to this URL; a comfort, the flow's own URL answers the same.",
          },
          token: {
            type: "string",
            description:
              "Opens the flow. It can't be had again: a repeated request gets another. Of a flow's tokens the four newest are valid, a fifth retires the oldest.",
          },
        },
      }),
    },
    ...problems("malformed-request", "body-too-large", "unsupported-media-type", ...inputKinds),
    ...anyResponses,
    "503": {
      ...problemResponse(["unavailable"]),
      headers: { "Retry-After": retryAfter, "Idempotency-Key": header("Repeat with it.", anyText) },
    },
  },
};

const uploadOperation = {
  operationId: "offerUpload",
  summary: "A form by which one file can be sent.",
  description:
    "Post the fields, and the file as the last one, `file`, as multipart/form-data to the URL. Then name the id where the file is asked for. What nobody names within a day is deleted.",
  requestBody: {
    required: true,
    content: { "application/json": { schema: { $ref: "#/components/schemas/Upload" } } },
  },
  responses: {
    "201": {
      description: `A form for a file of exactly that type and size, good for ${uploadFormSeconds / 60} minutes. It answers 204, or an error of S3's in XML.`,
      content: content({
        type: "object",
        required: ["id", "url", "fields"],
        properties: {
          id: { type: "string", pattern: idPattern.source },
          url: {
            type: "string",
            format: "uri-reference",
            description: "Relative to this document, if it is.",
          },
          fields: { type: "object", additionalProperties: anyText },
        },
      }),
    },
    ...problems("malformed-request", "body-too-large", "unsupported-media-type", "invalid-input"),
    ...anyResponses,
    "503": { ...problemResponse(["unavailable"]), headers: { "Retry-After": retryAfter } },
  },
};

const guarded = {
  security: [{ token: [] }],
  responses: {
    ...problems("unauthorized", "not-found"),
    ...anyResponses,
    "503": { ...problemResponse(["unavailable"]), headers: { "Retry-After": retryAfter } },
  },
};

const readOperation = {
  operationId: "readFlow",
  summary: "The flow as it stands.",
  security: guarded.security,
  parameters: [flowPath, { name: "If-None-Match", in: "header", schema: anyText }],
  responses: {
    "200": {
      description: "The flow. Retry-After is there while it runs.",
      headers: { ETag: header("Changes with the answer.", anyText), "Retry-After": whileItRuns },
      content: content(flow),
    },
    "304": {
      description: "The answer that the caller has is still right.",
      headers: { "Retry-After": whileItRuns },
    },
    ...guarded.responses,
  },
};

const fileOperation = {
  operationId: "readFlowFile",
  summary: "A file that a succeeded job's result names.",
  security: guarded.security,
  parameters: [
    flowPath,
    { name: "job", ...path, description: "The job's key: what follows the dot in its id." },
    { name: "file", ...path },
  ],
  responses: {
    "303": {
      description: "Where it can be fetched, without a token, for five minutes.",
      headers: {
        Location: header("A presigned URL, relative to this one's if it is.", {
          type: "string",
          format: "uri-reference",
        }),
      },
    },
    ...guarded.responses,
  },
};

function plainOperation(operationId: string, description: string, schema: object) {
  return { operationId, responses: { "200": { description, content: content(schema) }, ...anyResponses } };
}

function header(description: string, schema: object) {
  return { description, required: true, schema };
}

function content(schema: object) {
  return { "application/json": { schema } };
}

/** Kinds of one status share a response. */
function problems(...kinds: readonly ProblemKind[]) {
  const byStatus = Map.groupBy(kinds, (kind) => String(problemKinds[kind].status));
  return Object.fromEntries([...byStatus].map(([status, group]) => [status, problemResponse(group)]));
}

function problemResponse(kinds: readonly ProblemKind[]) {
  const schema = { $ref: "#/components/schemas/Problem" };
  return {
    description: kinds.map((kind) => problemKinds[kind].title).join("; or: "),
    content: { "application/problem+json": { schema } },
  };
}
