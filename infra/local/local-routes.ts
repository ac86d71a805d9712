import { GetObjectCommand, NoSuchKey, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import type { HttpHandler, HttpRequest, HttpResponse } from "../../functions/api/http.ts";
import { problem } from "../../functions/api/problem.ts";
import { type Route, route } from "../../functions/api/router.ts";
import { withSafeHeaders } from "../../functions/api/safe-headers.ts";
import type { MailServer } from "./mail-server.ts";

export interface LocalRoutesOptions {
  readonly mail: MailServer;
  /** How much is on each queue. */
  readonly depths: () => Promise<unknown>;
  readonly s3: S3Client;
  readonly filesBucket: string;
  /** Of the stand-in for S3; undefined where another S3 is used. */
  readonly s3Endpoint: string | undefined;
  /** Answers everything else. */
  readonly api: HttpHandler;
}

/** The API, and under `/_local/` what only a run on one's own machine shows: mails, queues and files, to anybody on it. */
export function withLocalRoutes(options: LocalRoutesOptions): HttpHandler {
  const routes = localRoutes(options);
  return async (request) => {
    if (!request.path.startsWith("/_local/")) return throughOwnOrigin(await options.api(request), options);
    const answer = isFromHere(request)
      ? await route(routes, request)
      : problem("not-found", "What is under /_local/ is for this machine alone.");
    return withSafeHeaders(request, answer);
  };
}

/**
 * Whether it was typed on this machine. Everybody's mails are no business of a page whose name was made to resolve to
 * 127.0.0.1 (DNS rebinding), nor of whom a reverse proxy lets in.
 */
function isFromHere({ headers }: HttpRequest): boolean {
  const isForwarded = ["forwarded", "x-forwarded-for", "x-forwarded-host", "via"].some(
    (name) => name in headers,
  );
  return !isForwarded && /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i.test(headers["host"] ?? "");
}

/**
 * A file's URL leads to the stand-in for S3, which lets no page of another origin read it (it knows no CORS): from here it
 * leads to the route above.
 */
function throughOwnOrigin(
  response: HttpResponse,
  { s3Endpoint, filesBucket }: Pick<LocalRoutesOptions, "s3Endpoint" | "filesBucket">,
): HttpResponse {
  const { location } = response.headers;
  const prefix = `${s3Endpoint}/${filesBucket}/`;
  if (s3Endpoint === undefined || !location?.startsWith(prefix)) return response;
  const [key = ""] = location.slice(prefix.length).split("?");
  const ownLocation = `/_local/files/${encodeURIComponent(decodeURIComponent(key))}`;
  return { ...response, headers: { ...response.headers, location: ownLocation } };
}

function localRoutes({ mail, depths, s3, filesBucket }: LocalRoutesOptions): readonly Route[] {
  return [
    { method: "GET", pattern: "/_local/mail", handle: async () => json(await mail.list()) },
    {
      method: "GET",
      pattern: "/_local/mail/{id}",
      handle: async (_request, { id = "" }) => file("message/rfc822", await mail.read(id)),
    },
    { method: "GET", pattern: "/_local/queues", handle: async () => json(await depths()) },
    { method: "GET", pattern: "/_local/files", handle: async () => json(await listFiles(s3, filesBucket)) },
    {
      method: "GET",
      pattern: "/_local/files/{key}",
      handle: (_request, { key = "" }) => readFile(s3, filesBucket, key),
    },
  ];
}

/** The newest last, as mails are. */
async function listFiles(s3: S3Client, bucket: string) {
  const files: { key: string; url: string; bytes: number; at: string }[] = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
    for (const { Key = "", Size = 0, LastModified = new Date(0) } of page.Contents ?? []) {
      const url = `/_local/files/${encodeURIComponent(Key)}`;
      files.push({ key: Key, url, bytes: Size, at: LastModified.toISOString() });
    }
  }
  return files.sort((a, b) => (a.at < b.at ? -1 : 1));
}

async function readFile(s3: S3Client, bucket: string, key: string): Promise<HttpResponse> {
  try {
    const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return file(ContentType ?? "application/octet-stream", await Body?.transformToByteArray());
  } catch (error) {
    if (error instanceof NoSuchKey) return file("", undefined);
    throw error;
  }
}

function file(contentType: string, body: Uint8Array | undefined): HttpResponse {
  if (!body) return problem("not-found", "There is no such mail or file.");
  // No `default-src`, by which browsers may refuse to show a PDF.
  const headers = {
    "content-type": contentType,
    "content-security-policy": "frame-ancestors 'none'; script-src 'none'",
  };
  return { status: 200, headers, body };
}

function json(value: unknown): HttpResponse {
  const headers = { "content-type": "application/json" };
  return { status: 200, headers, body: `${JSON.stringify(value, undefined, 2)}\n` };
}
