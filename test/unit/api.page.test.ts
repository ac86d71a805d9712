import { describe, expect, test } from "@jest/globals";
import { pageOrigins } from "../../functions/api/page-origins.ts";
import { createApiFixture, json } from "../support/api-fixture.ts";
import { samplePage } from "../support/sample-page.ts";

describe("the page", () => {
  test("is served at the root, to be asked for again each time, and 304 to who has it", async () => {
    const { call } = createApiFixture();
    const page = await call({ path: "/" });
    expect(page).toMatchObject({ status: 200, body: samplePage.html });
    expect(page.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    const { etag = "" } = page.headers;
    expect(await call({ path: "/", headers: { "if-none-match": etag } })).toMatchObject({
      status: 304,
      body: "",
    });
    expect(await call({ path: "/", method: "HEAD" })).toEqual({ ...page, body: "" });
  });

  test("may load from its own origin alone, call that and where files lie, and nothing within its HTML may run or style it", async () => {
    const { headers } = await createApiFixture().call({ path: "/" });
    const policy = new Map(
      headers["content-security-policy"]?.split("; ").map((rule) => {
        const [name = "", ...sources] = rule.split(" ");
        return [name, sources];
      }),
    );
    expect(policy.get("default-src")).toEqual(["'none'"]);
    for (const name of ["script-src", "style-src"]) expect(policy.get(name)).toEqual(["'self'"]);
    expect(policy.get("connect-src")).toEqual(["'self'", "https://files.example"]);
    for (const name of ["frame-ancestors", "base-uri", "form-action"]) {
      expect(policy.get(name)).toEqual(["'none'"]);
    }
    expect(headers["content-security-policy"]).not.toContain("unsafe");
  });
});

describe("an asset of the page", () => {
  test("may be kept for a year, since its name has its contents' hash", async () => {
    const { call } = createApiFixture();
    const asset = await call({ path: "/assets/main-0.js" });
    expect(asset).toMatchObject({ status: 200, body: "export {};" });
    expect(asset.headers).toMatchObject({
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
      etag: expect.stringMatching(/^".{22}"$/),
    });
  });

  test.each(["main-1.js", "__proto__", "constructor", "..%2fpage.json"])("is none: %s", async (name) => {
    const response = await createApiFixture().call({ path: `/assets/${name}` });
    expect(response).toMatchObject({ status: 404, headers: { "cache-control": "no-store" } });
    expect(json(response)).toMatchObject({ type: "/problems/not-found" });
  });
});

test("the page calls where files and uploads are signed for, and the WebSocket where that is elsewhere", async () => {
  const sent = "https://uploads.s3.eu-central-1.amazonaws.com";
  let uploadUrl = "/_local/uploads";
  const uploads = { form: async () => ({ url: uploadUrl, fields: {} }) };
  const files = {
    url: async (key: string) => `https://bucket.s3.eu-central-1.amazonaws.com/${key}?X-Amz-Signature=1`,
  };
  const file = "https://bucket.s3.eu-central-1.amazonaws.com";
  expect(await pageOrigins({ files, uploads, socketUrl: undefined })).toEqual([file]);
  expect(await pageOrigins({ files, uploads, socketUrl: "/_local/socket" })).toEqual([file]);
  expect(
    await pageOrigins({ files, uploads, socketUrl: "wss://a1.execute-api.eu-central-1.amazonaws.com/live" }),
  ).toEqual([file, "wss://a1.execute-api.eu-central-1.amazonaws.com"]);
  uploadUrl = `${sent}/`;
  expect(await pageOrigins({ files, uploads, socketUrl: undefined })).toEqual([file, sent]);
});
