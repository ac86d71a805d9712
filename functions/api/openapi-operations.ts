import { idPattern } from "../../shared/index.ts";
import { signUp } from "../sign-up.ts";
import { uploadFormSeconds } from "../uploads.ts";
import { maximumBodyBytes } from "./http.ts";
import {
  anyResponses,
  anyText,
  content,
  header,
  problemResponse,
  problems,
  retryAfter,
} from "./openapi-responses.ts";

const flow = { $ref: "#/components/schemas/Flow" };
const whileItRuns = { ...retryAfter, required: false };
const path = { in: "path", required: true, schema: anyText };
const flowPath = { name: "flow", ...path, description: "The flow's id." };

const kept = {
  parameters: [{ name: "If-None-Match", in: "header", schema: anyText }],
  headers: { ETag: header("Changes with the answer.", anyText) },
  unchanged: { "304": { description: "What the caller has is still right." } },
};
const text = { schema: anyText };

export const pageOperation = {
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

export const assetOperation = {
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

export const startOperation = {
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
    ...problems(
      "malformed-request",
      "body-too-large",
      "unsupported-media-type",
      "invalid-input",
      "idempotency-conflict",
    ),
    ...anyResponses,
    "503": {
      ...problemResponse(["unavailable"]),
      headers: { "Retry-After": retryAfter, "Idempotency-Key": header("Repeat with it.", anyText) },
    },
  },
};

export const uploadOperation = {
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

export const readOperation = {
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

export const fileOperation = {
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

/** Answers 200 to everybody. */
export function plainOperation(operationId: string, description: string, schema: object) {
  return { operationId, responses: { "200": { description, content: content(schema) }, ...anyResponses } };
}
