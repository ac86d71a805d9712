import { part } from "./elements.ts";
import type { WatchedJob } from "./watched-flow.ts";

/** How a flow's files are fetched. */
export interface FileSource {
  readonly statusUrl: string;
  readonly token: string;
  readonly signal: AbortSignal;
}

/** What a result calls the picture that is shown: each browser has WebP, and 256 px are enough for a fine screen. */
const pictureField = "webp256";

/**
 * What a job's result names: a link to a file, a picture. Either needs the flow's token, which no link can bring: it is
 * fetched first, by way of the redirect to where it lies, and what was fetched is linked to or shown.
 */
export async function showFile(line: Element, job: WatchedJob, source: FileSource): Promise<void> {
  const picture = job.result?.[pictureField];
  const file = picture ?? job.result?.["file"];
  if (typeof file !== "string") return;
  const place = part(line, "job-file", HTMLElement);
  place.hidden = false;
  place.textContent = "Fetching your file …";
  try {
    const url = URL.createObjectURL(await fetchFile(job, file, source));
    source.signal.addEventListener("abort", () => URL.revokeObjectURL(url));
    place.replaceChildren(picture === undefined ? downloadLink(url, file) : pictureOf(url));
  } catch {
    if (source.signal.aborted) return;
    place.replaceChildren(retryButton(() => showFile(line, job, source)));
  }
}

async function fetchFile({ id }: WatchedJob, file: string, { statusUrl, token, signal }: FileSource) {
  const key = id.slice(id.indexOf(".") + 1);
  const url = `${statusUrl}/files/${encodeURIComponent(key)}/${encodeURIComponent(file)}`;
  // The browser drops the token where the redirect leads to another origin: S3's URL is signed for itself.
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${token}` },
    credentials: "omit",
    signal,
  });
  if (!response.ok) throw new Error(`${file}: 200, got ${response.status}`);
  return response.blob();
}

function downloadLink(url: string, file: string): HTMLAnchorElement {
  const link = document.createElement("a");
  link.href = url;
  link.download = file;
  link.className = "file-link";
  link.textContent = `Download ${file}`;
  return link;
}

function pictureOf(url: string): HTMLImageElement {
  const image = document.createElement("img");
  image.src = url;
  image.alt = "You, as others will see you";
  image.className = "picture";
  return image;
}

function retryButton(retry: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "secondary";
  button.textContent = "The file couldn’t be fetched. Try again";
  button.addEventListener("click", retry);
  return button;
}
