import type { HttpResponse } from "../../functions/api/http.ts";

/** What S3 refuses an upload with, by its codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const statuses = {
  AccessDenied: 403,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  InvalidArgument: 400,
  InvalidPolicyDocument: 400,
  MalformedPOSTRequest: 400,
  MethodNotAllowed: 405,
  PreconditionFailed: 412,
  SignatureDoesNotMatch: 403,
} as const;

/** Thrown where an upload breaks a rule of S3's. */
export class S3Error extends Error {
  override readonly name = "S3Error";
  readonly code: keyof typeof statuses;

  constructor(code: keyof typeof statuses, message: string) {
    super(message);
    this.code = code;
  }
}

/** The answer for it, as S3 gives it. */
export function s3ErrorResponse({ code, message }: S3Error): HttpResponse {
  const text = message.replaceAll(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`);
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${text}</Message></Error>`;
  return { status: statuses[code], headers: { "content-type": "application/xml" }, body };
}
