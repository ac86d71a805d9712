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

/** Files that are in memory at the same time: 40 MB at the most. Of forms nobody has signed none is kept, so they wait for nobody. */
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
  async function finish(form: ReadableForm): Promise<StreamedAnswer | undefined> {
    const read = await form.rest();
    if (!read) return undefined;
    const response = await read.posted.then((file) => store(s3, rules.bucket, file), refusal);
    return { response, complete: read.complete };
  }
  const keep = limitConcurrency(mostAtOnce, finish);
  async function receive(request: IncomingMessage): Promise<StreamedAnswer | undefined> {
    const form = openForm(request, rules);
    if (!(await form.begin())) return undefined;
    return form.isKeeping() ? keep(form) : finish(form);
  }
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

interface ReadableForm {
  /** Whether its file has begun, and is kept. */
  isKeeping(): boolean;
  /** Reads until its file begins, or to the end of what has none that is allowed. False where the client went away. */
  begin(): Promise<boolean>;
  /** Reads what is left. Undefined where the client went away. */
  rest(): Promise<ReadForm | undefined>;
}

function openForm(request: IncomingMessage, rules: PostRules): ReadableForm {
  const form = parserOf(request.headers["content-type"] ?? "", rules);
  const chunks: AsyncIterator<Buffer> = request.iterator({ destroyOnReturn: false });
  let total = 0;
  let isEnded = false;

  /** Reads on until then, the end, or more than any form has. False where the client went away. */
  async function readUntil(isEnough: () => boolean): Promise<boolean> {
    try {
      while (!isEnded && !isEnough() && total <= mostDiscardedBytes) {
        const { value, done } = await chunks.next();
        if (done) isEnded = true;
        else {
          total += value.length;
          form.write(value);
        }
      }
      return true;
    } catch {
      return false;
    }
  }

  return {
    isKeeping: form.isKeeping,
    begin: () => readUntil(form.isKeeping),
    rest: async () =>
      (await readUntil(() => false)) ? { complete: isEnded, posted: form.end() } : undefined,
  };
}

/** What can't be a form is read to its end as well. */
function parserOf(
  contentType: string,
  rules: PostRules,
): Pick<ReturnType<typeof createPostForm>, "isKeeping" | "write" | "end"> {
  try {
    return createPostForm(contentType, (fields) => checkPost(fields, rules));
  } catch (error) {
    return { isKeeping: () => false, write: () => {}, end: () => Promise.reject(error) };
  }
}

/** As S3 answers without `success_action_status`. */
async function store(s3: S3Client, Bucket: string, file: PostedFile): Promise<HttpResponse> {
  const { key: Key, bytes: Body, contentType } = file;
  const type = contentType === undefined ? {} : { ContentType: contentType };
  const { ETag = "" } = await s3.send(new PutObjectCommand({ Bucket, Key, Body, ...type }));
  return { status: 204, headers: { etag: ETag }, body: "" };
}
