import {
  assetOperation,
  fileOperation,
  pageOperation,
  plainOperation,
  readOperation,
  startOperation,
  uploadOperation,
} from "./openapi-operations.ts";
import { componentSchemas } from "./openapi-schemas.ts";

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
      schemas: componentSchemas(),
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "The token that starting the flow answered." },
      },
    },
  };
}

const healthSchema = { type: "object", required: ["status"], properties: { status: { const: "ok" } } };
