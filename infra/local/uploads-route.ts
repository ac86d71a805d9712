import type { IncomingMessage } from "node:http";
import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { withCors } from "../../functions/api/cors.ts";
import type { HttpResponse } from "../../functions/api/http.ts";
import { withSafeHeaders } from "../../functions/api/safe-headers.ts";
import { mostDiscardedBytes, type StreamedAnswer, type StreamedRoute } from "./http-server.ts";
import { limitConcurrency } from "./limit-concurrency.ts";
import { createPostForm, type PostedFile } from "./post-form.ts";
import { checkPost, type PostRules } from "./post-policy.ts";
import { S3Error, s3ErrorResponse } from "./s3-error.ts";

/** Where uploads are posted to here: on the service's own origin, so that its pages need no other's leave. */
export const uploadsPath = "/_local/uploads";

/** Uploads that are in memory at the same time: 40 MB at the most. */
const mostAtOnce = 4;

export interface UploadsRouteOptions extends PostRules {
  readonly s3: S3Client;
  /** Whose pages may post. Default none but the service's own. */
  readonly corsOrigins?: readonly string[];
}

/**
 * What S3 is to a form that was signed for it, which the stand-in isn't: that takes any form, whoever signed it, for any key
 * and size. Not for this machine alone, as the rest of `/_local/`: who has a form may use it.
 */
export function createUploadsRoute({ s3, corsOrigins = [], ...rules }: UploadsRouteOptions): StreamedRoute {
  const receive = limitConcurrency(mostAtOnce, async (request: IncomingMessage) => {
    const read = await readForm(request, rules);
    if (!read) return undefined;
    const response = await read.posted.then((file) => store(s3, rules.bucket, file), refusal);
    return { response, complete: read.complete };
  });
  return {
    path: uploadsPath,
    async handle(request) {
      const answer = request.method === "POST" ? await receive(request) : otherMethod(request);
      return answer && { ...answer, response: withHeaders(corsOrigins, request, answer.response) };
    },
  };
}

function refusal(error: unknown): HttpResponse {
  if (error instanceof S3Error) return s3ErrorResponse(error);
  throw error;
}

function otherMethod({ method }: IncomingMessage): StreamedAnswer {
  const response =
    method === "OPTIONS"
      ? { status: 204, headers: {}, body: "" }
      : s3ErrorResponse(new S3Error("MethodNotAllowed", "The method is POST."));
  const headers = { ...response.headers, allow: "POST, OPTIONS" };
  return { response: { ...response, headers }, complete: true };
}

function withHeaders(
  corsOrigins: readonly string[],
  { method = "", headers }: IncomingMessage,
  response: HttpResponse,
): HttpResponse {
  const { origin, "access-control-request-method": asked } = headers;
  const seen = {
    ...(origin === undefined ? {} : { origin }),
    ...(asked === undefined ? {} : { "access-control-request-method": asked }),
  };
  return withCors(corsOrigins, { method, headers: seen }, withSafeHeaders({}, response));
}

interface ReadForm {
  readonly complete: boolean;
  /** Rejects with an S3Error for what is refused. */
  readonly posted: Promise<PostedFile>;
}

/** Undefined where the client went away. */
async function readForm(request: IncomingMessage, rules: PostRules): Promise<ReadForm | undefined> {
  const form = openForm(request.headers["content-type"] ?? "", rules);
  let total = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      total += chunk.length;
      form.write(chunk);
      if (total > mostDiscardedBytes) return { complete: false, posted: form.end() };
    }
    return { complete: true, posted: form.end() };
  } catch {
    return undefined;
  }
}

/** What can't be a form is read to its end as well. */
function openForm(
  contentType: string,
  rules: PostRules,
): Pick<ReturnType<typeof createPostForm>, "write" | "end"> {
  try {
    return createPostForm(contentType, (fields) => checkPost(fields, rules));
  } catch (error) {
    return { write: () => {}, end: () => Promise.reject(error) };
  }
}

/** As S3 answers without `success_action_status`. */
async function store(s3: S3Client, Bucket: string, file: PostedFile): Promise<HttpResponse> {
  const { key: Key, bytes: Body, contentType } = file;
  const type = contentType === undefined ? {} : { ContentType: contentType };
  const { ETag = "" } = await s3.send(new PutObjectCommand({ Bucket, Key, Body, ...type }));
  return { status: 204, headers: { etag: ETag }, body: "" };
}
