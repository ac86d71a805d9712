import type { FileStore } from "../../shared/index.ts";
import type { Uploads } from "../uploads.ts";

export interface PageOriginsOptions {
  readonly files: Pick<FileStore, "url">;
  readonly uploads: Pick<Uploads, "form">;
  /** Of the WebSocket, where there is one; a relative one is on the page's own origin. */
  readonly socketUrl: string | undefined;
}

/**
 * The origins that the page calls beside its own, for its policy. Where files lie is taken from a URL that is signed for none:
 * in each region, partition and emulator that is another host, and one that is spelled out here would be wrong somewhere.
 */
export async function pageOrigins({
  files,
  uploads,
  socketUrl = "",
}: PageOriginsOptions): Promise<readonly string[]> {
  const file = await files.url("any", { expiresSeconds: 1 });
  const { url: upload } = await uploads.form("any", { type: "image/png", size: 1 });
  const urls = [file, upload, socketUrl];
  return [...new Set(urls.filter((url) => URL.canParse(url)).map((url) => new URL(url).origin))];
}
