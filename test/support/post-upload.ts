import type { UploadForm } from "../../functions/uploads.ts";
import type { Answer, CallOptions } from "./http-client.ts";

/** Posts a file by its form, as a browser does: the fields, and the file as the last one. */
export async function postUpload(
  call: (path: string, options: CallOptions) => Promise<Answer>,
  { url, fields }: UploadForm,
  bytes: Uint8Array,
): Promise<Answer> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", new Blob([bytes]), "me.jpg");
  const whole = new Response(form);
  const headers = { "content-type": whole.headers.get("content-type") ?? "" };
  // As a whole: S3 wants to know the length before.
  return call(url, { method: "POST", headers, body: Buffer.from(await whole.arrayBuffer()) });
}
