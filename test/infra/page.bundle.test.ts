import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { build } from "esbuild";
import type { LambdaHttpResult } from "../../functions/api/lambda-http.ts";
import { bundling } from "../../infra/constructs/node-function.ts";
import { buildPage } from "../../infra/page/build-page.ts";

const page = await buildPage();
const { assets, html } = page;
const directory = mkdtempSync(join(tmpdir(), "errand-page-"));
afterAll(() => rmSync(directory, { recursive: true }));

test("the page's files keep the compiler's rules, with the browser's types", () => {
  const { stdout } = spawnSync("node_modules/.bin/tsc", ["-p", "functions/page"], { encoding: "utf8" });
  expect(stdout).toBe("");
});

describe("the page", () => {
  test("refers to its assets and to nothing else, by relative URLs: API Gateway may serve it below a stage", () => {
    const urls = [...html.matchAll(/ (?:src|href)="([^"#]+)"/g)].map(([, url]) => url);
    expect(urls.toSorted()).toEqual(
      Object.keys(assets)
        .map((name) => `assets/${name}`)
        .toSorted(),
    );
  });

  test("has no script, style or handler within its HTML, which its policy would refuse", () => {
    expect(html).not.toMatch(/<style|<script(?! type="module" src=)| style=| on\w+=/);
    expect(assets[nameOf(".js")]?.body).not.toMatch(/innerHTML|setAttribute\("style"|\beval\b/);
  });

  test("names each asset for its contents, and is the same each time it is built", async () => {
    for (const name of Object.keys(assets)) expect(name).toMatch(/^[a-z]+-[\da-f]{12}\.(js|css|svg)$/);
    expect(await buildPage()).toEqual(page);
  });

  test("is of no more than its size, in KB", () => {
    const size = (name: string) => Buffer.byteLength(assets[name]?.body ?? "") / 1000;
    expect(size(nameOf(".js"))).toBeLessThan(32);
    expect(size(nameOf(".css"))).toBeLessThan(14);
    expect(Buffer.byteLength(html) / 1000).toBeLessThan(12);
  });
});

test("the API's function serves the page that lies beside its bundle", async () => {
  const outfile = join(directory, "index.js");
  await build({
    ...{
      entryPoints: ["functions/api/lambda.ts"],
      outfile,
      bundle: true,
      platform: "node",
      target: "node24",
    },
    ...{ format: bundling.format, minify: true, mainFields: [...bundling.mainFields] },
    ...{ external: [...bundling.externalModules], define: bundling.define, logLevel: "silent" },
    banner: { js: bundling.banner },
  });
  const written = spawnSync(process.execPath, ["infra/page/write-page.ts", directory], { encoding: "utf8" });
  expect(written.stderr.replaceAll(/.*ExperimentalWarning.*\n|\(Use .*\n/g, "")).toBe("");
  const event = { rawPath: "/", headers: {}, requestContext: { stage: "$default", http: { method: "GET" } } };
  const call = `require(${JSON.stringify(outfile)}).handler(${JSON.stringify(event)})
    .then((answer) => console.log(JSON.stringify(answer)))`;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", call], {
    encoding: "utf8",
    cwd: directory,
    env: {
      ...{ AWS_REGION: "us-east-1", LEDGER_TABLE: "l", PAYLOAD_BUCKET: "p", FILES_BUCKET: "receipts" },
      ...{ UPLOADS_BUCKET: "avatars" },
      ...{ AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s" },
      QUEUE_URLS: '{"dispatch":"http://127.0.0.1/d"}',
    },
  });
  // Its end alone: Node prints the bundle's line first, all of it.
  expect(stderr.slice(-500)).toBe("");
  const answer = JSON.parse(stdout) as LambdaHttpResult;
  expect([answer.statusCode, answer.body]).toEqual([200, html]);
  const policy = String(answer.headers?.["content-security-policy"]);
  const s3 = "s3.us-east-1.amazonaws.com";
  expect(policy).toContain(`connect-src 'self' https://receipts.${s3} https://avatars.${s3};`);
});

function nameOf(extension: string): string {
  return Object.keys(assets).find((name) => name.endsWith(extension)) ?? "";
}
