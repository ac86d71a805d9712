import { createWaits, type Patience, postPatiently } from "./patient-post.ts";
import { parseProblem, ruleWords } from "./problem.ts";

/** What of a picture's upload a person is told when it is refused. */
export class UploadRefusedError extends Error {
  override readonly name = "UploadRefusedError";
}

export interface UploadWatch extends Patience {
  /** Told how much is sent, from 0 to 1. */
  readonly progress: (sent: number) => void;
}

/**
 * Sends a picture to where the API says, and answers the id to sign up with. What is cut off is sent again under a new id,
 * until the signal aborts.
 * @throws UploadRefusedError where it isn't taken.
 */
export async function uploadPicture(file: File, watch: UploadWatch): Promise<string> {
  const wait = createWaits(watch);
  for (;;) {
    const { id, url, fields } = await offer(file, watch);
    const status = await send(url, formOf(fields, file), watch);
    if (status >= 200 && status < 300) return id;
    if (status >= 400 && status < 500) {
      throw new UploadRefusedError(`The picture was refused (${status}). Choose it again, or another.`);
    }
    watch.signal?.throwIfAborted();
    await wait(status === 0 ? undefined : { retryAfter: null });
  }
}

interface Offer {
  readonly id: string;
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

async function offer({ type, size }: File, patience: Patience): Promise<Offer> {
  const { status, body } = await postPatiently(
    { url: "uploads", json: { kind: "avatar", type, size } },
    patience,
  );
  if (status === 201 && isOffer(body)) return body;
  const { errors, detail } = parseProblem(body);
  const words = errors.map(({ rule }) => ruleWords(rule)).join(" ");
  throw new UploadRefusedError(words || detail || `The service answered ${status}.`);
}

function isOffer(body: unknown): body is Offer {
  if (typeof body !== "object" || body === null) return false;
  const { id, url, fields } = body as Record<string, unknown>;
  return typeof id === "string" && typeof url === "string" && typeof fields === "object" && fields !== null;
}

/** S3 reads nothing behind the file, so that comes last. */
function formOf(fields: Offer["fields"], file: File): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file);
  return form;
}

/** The answer's status, 0 where there was none. By XMLHttpRequest: `fetch` doesn't tell how much has been sent. */
function send(url: string, form: FormData, { progress, signal }: UploadWatch): Promise<number> {
  const request = new XMLHttpRequest();
  const abort = () => request.abort();
  signal?.addEventListener("abort", abort);
  return new Promise<number>((resolve) => {
    request.upload.addEventListener("progress", ({ loaded, total }) =>
      progress(total > 0 ? loaded / total : 0),
    );
    request.addEventListener("loadend", () => resolve(request.status));
    request.open("POST", url);
    request.send(form);
  }).finally(() => signal?.removeEventListener("abort", abort));
}
