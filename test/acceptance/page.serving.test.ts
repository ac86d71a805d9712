import { afterAll, expect, test } from "@jest/globals";
import { openSession } from "./session.ts";

const session = openSession();
afterAll(() => session.end());

test("the sign-up page is served, under a policy without anything inline, and 304 to who has it", async () => {
  const { status, headers, body } = await session.call("/");
  expect([status, headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
  expect(body.toString()).toContain("Create your account");
  expect(headers["cache-control"]).toBe("no-cache");
  expect(headers["x-content-type-options"]).toBe("nosniff");
  expect(headers["content-security-policy"]).toContain("script-src 'self'; style-src 'self'");
  expect(headers["content-security-policy"]).not.toContain("unsafe");
  const again = await session.call("/", { headers: { "if-none-match": headers.etag ?? "" } });
  expect([again.status, again.body.length]).toEqual([304, 0]);
});

test("what the page refers to is there, below the same path, and may be kept for ever", async () => {
  const html = (await session.call("/")).body.toString();
  const urls = [...html.matchAll(/ (?:src|href)="([^"#]+)"/g)].map(([, url = ""]) => url);
  expect(urls.length).toBeGreaterThan(2);
  for (const url of urls) {
    const { status, headers, body } = await session.call(`/${url}`);
    expect([url, status, body.length > 100]).toEqual([url, 200, true]);
    expect(headers["content-type"]).toMatch(/^(text\/(javascript|css); charset=utf-8|image\/svg\+xml)$/);
    expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  }
  expect((await session.call("/assets/main-000000000000.js")).status).toBe(404);
});
