import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Asset, Page } from "../../functions/api/page.ts";

const source = fileURLToPath(new URL("../../functions/page/", import.meta.url));

const types: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** A file that index.html names, as it is served. */
interface Built extends Asset {
  /** As index.html names it. */
  readonly source: string;
  readonly name: string;
}

/**
 * The sign-up page: scripts and styles bundled and minified by esbuild, each under a name with a hash of its contents, and
 * index.html with those names. URLs in it are relative, since API Gateway may serve it below a stage's path.
 */
export async function buildPage(): Promise<Page> {
  const [html, ...assets] = await Promise.all([
    readFile(join(source, "index.html"), "utf8"),
    bundle("main.ts"),
    bundle("page.css"),
    copy("icon.svg"),
  ]);
  return {
    html: withNames(html, assets),
    assets: Object.fromEntries(assets.map(({ name, type, body }) => [name, { type, body }])),
  };
}

/** Browsers of the last three years. */
const target = ["chrome120", "firefox121", "safari17.2"];

async function bundle(file: string): Promise<Built> {
  const { outputFiles } = await build({
    entryPoints: [join(source, file)],
    ...{
      bundle: true,
      minify: true,
      write: false,
      target,
      format: "esm",
      charset: "utf8",
      logLevel: "silent",
    },
    outdir: source,
  });
  const [output] = outputFiles;
  if (!output) throw new Error(`${file}: one file out of esbuild, got none`);
  return built(file, extname(output.path), output.text);
}

async function copy(file: string): Promise<Built> {
  return built(file, extname(file), await readFile(join(source, file), "utf8"));
}

function built(file: string, extension: string, body: string): Built {
  const hash = createHash("sha256").update(body).digest("hex").slice(0, 12);
  const name = `${basename(file, extname(file))}-${hash}${extension}`;
  return { source: file, name, type: types[extension] ?? "", body };
}

function withNames(html: string, assets: readonly Built[]): string {
  return assets.reduce((text, asset) => {
    const place = `="${asset.source}"`;
    if (!text.includes(place)) throw new Error(`index.html: a reference to ${asset.source}, got none`);
    return text.replaceAll(place, `="assets/${asset.name}"`);
  }, html);
}
