import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { withETag } from "./etag.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { ProblemError } from "./problem.ts";
import type { Parameters } from "./router.ts";

/** The sign-up page of functions/page, as infra/page builds it. */
export interface Page {
  readonly html: string;
  /** By the name in their URL, which has a hash of their contents. */
  readonly assets: Readonly<Record<string, Asset>>;
}

export interface Asset {
  readonly type: string;
  readonly body: string;
}

/** Where the page comes from when it is first asked for. */
export type PageSource = () => Promise<Page>;

export interface PagePorts {
  readonly page: PageSource;
  /** The origins beside its own that the page calls: where files lie. */
  readonly pageOrigins: () => Promise<readonly string[]>;
}

/** The name of the file that lies beside the API's bundle. */
export const pageFile = "page.json";

/**
 * The page that the bundle brings. It is no part of the bundle's code, so a cold start reads and compiles none of it.
 * @throws Error where this isn't a bundle, or it brings no page.
 */
export async function bundledPage(): Promise<Page> {
  if (typeof __dirname !== "string") throw new Error("a page is only beside a bundle: give one to the API");
  return JSON.parse(await readFile(join(__dirname, pageFile), "utf8")) as Page;
}

/** `GET /`. It is asked for again each time, and answered 304 where the browser has it: its assets have new names after a deploy. */
export async function servePage(
  { page, pageOrigins }: PagePorts,
  request: HttpRequest,
): Promise<HttpResponse> {
  const [{ html }, origins] = await Promise.all([page(), pageOrigins()]);
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-cache",
    "content-security-policy": contentSecurityPolicy(origins),
  };
  return withETag(request, { status: 200, headers, body: html });
}

/** `GET /assets/{asset}`. What a name stands for never changes, so it may be kept for a year, by anybody. */
export async function serveAsset(
  { page }: Pick<PagePorts, "page">,
  request: HttpRequest,
  { asset: name = "" }: Parameters,
): Promise<HttpResponse> {
  const { assets } = await page();
  const asset = Object.hasOwn(assets, name) ? assets[name] : undefined;
  if (!asset) throw new ProblemError("not-found", "There is no such asset, or no longer.");
  const headers = {
    "content-type": asset.type,
    "cache-control": "public, max-age=31536000, immutable",
  };
  return withETag(request, { status: 200, headers, body: asset.body });
}

/** Nothing but the page's own files, and no style or script within its HTML. */
function contentSecurityPolicy(origins: readonly string[]): string {
  const rules = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' blob:",
    "connect-src": ["'self'", ...origins].join(" "),
    "form-action": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
  };
  return Object.entries(rules)
    .map(([name, sources]) => `${name} ${sources}`)
    .join("; ");
}
