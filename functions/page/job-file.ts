import { part } from "./elements.ts";
import type { WatchedJob } from "./watched-flow.ts";

/** How a flow's files are fetched. */
export interface FileSource {
  readonly statusUrl: string;
  readonly token: string;
  readonly signal: AbortSignal;
}

/**
 * A link to the file that a job's result names. The file needs the flow's token, which no link can bring: it is fetched
 * first, by way of the redirect to where it lies, and the link leads to what was fetched.
 */
export async function showFile(line: Element, job: WatchedJob, source: FileSource): Promise<void> {
  const file = job.result?.["file"];
  if (typeof file !== "string") return;
  const place = part(line, "job-file", HTMLElement);
  place.hidden = false;
  place.textContent = "Fetching your file …";
  try {
    const url = URL.createObjectURL(await fetchFile(job, file, source));
    source.signal.addEventListener("abort", () => URL.revokeObjectURL(url));
    place.replaceChildren(downloadLink(url, file));
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

function retryButton(retry: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "secondary";
  button.textContent = "The file couldn’t be fetched. Try again";
  button.addEventListener("click", retry);
  return button;
}
