import { type Entropy, InvalidInputError, parseInput, randomId } from "../../shared/index.ts";
import { type Uploads, uploadInput } from "../uploads.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { unavailable } from "./open-flow.ts";
import { invalidInput } from "./problem.ts";
import { readJson } from "./read-json.ts";

export interface UploadPorts {
  readonly uploads: Pick<Uploads, "form">;
  readonly entropy: Entropy;
}

/**
 * 201 with a new upload's id, and the form by which its file is sent. Nothing is kept of it: until the file has arrived there
 * is nothing to find under that id.
 * @throws ProblemError 4xx for what the caller can mend, 503 where no form can be signed.
 */
export async function offerUpload(
  { uploads, entropy }: UploadPorts,
  request: HttpRequest,
): Promise<HttpResponse> {
  const { type, size } = await parseInput(uploadInput, readJson(request)).catch((error: unknown) => {
    throw error instanceof InvalidInputError ? invalidInput(error) : error;
  });
  const id = randomId(entropy);
  const form = await uploads.form(id, { type, size }).catch((error: unknown) => {
    throw unavailable(error);
  });
  const headers = { "content-type": "application/json" };
  return { status: 201, headers, body: JSON.stringify({ id, ...form }) };
}
