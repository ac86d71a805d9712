import { describe, expect, test } from "@jest/globals";
import type { HttpResponse } from "../../functions/api/http.ts";
import { parseOrigins } from "../../functions/environment.ts";
import { bearer, type Call, createApiFixture, signUpCall, zoe } from "../support/api-fixture.ts";

const app = "https://app.example.com";
const admin = "https://admin.example.com:8443";

function corsOf({ headers }: HttpResponse): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("access-control-")));
}

function from(origin: string, call: Call): Call {
  return { ...call, headers: { ...call.headers, origin } };
}

function preflight(path: string, method: string): Call {
  return { method: "OPTIONS", path, headers: { "access-control-request-method": method } };
}

describe("without an origin that is let in", () => {
  const { call } = createApiFixture();

  test("no page of another origin may read anything, or ask beforehand", async () => {
    for (const request of [signUpCall(zoe), { path: "/health" }, preflight("/sign-ups", "POST")]) {
      const response = await call(from(app, request));
      expect([corsOf(response), response.headers["vary"]]).toEqual([{}, undefined]);
    }
  });
});

describe("with origins that are let in", () => {
  const { call, signUp } = createApiFixture({ corsOrigins: [app, admin] });

  test.each([app, admin])(
    "a page of %s reads the answer and the headers that it needs, errors too",
    async (origin) => {
      for (const request of [signUpCall(zoe), signUpCall({}), { path: "/nowhere" }, { path: "/health" }]) {
        const response = await call(from(origin, request));
        expect(corsOf(response)).toEqual({
          "access-control-allow-origin": origin,
          "access-control-expose-headers": "ETag, Idempotency-Key, Location, Retry-After",
        });
        expect(response.headers["vary"]).toBe("origin");
      }
    },
  );

  test("its question beforehand is answered with the methods of the route, and never with credentials", async () => {
    const response = await call(from(app, preflight("/sign-ups", "POST")));
    expect(response).toMatchObject({ status: 204, body: "" });
    expect(corsOf(response)).toEqual({
      "access-control-allow-origin": app,
      "access-control-allow-methods": "POST, OPTIONS",
      "access-control-allow-headers": "authorization, content-type, idempotency-key, if-none-match",
      "access-control-max-age": "7200",
    });
  });

  test("what there is no route for fails the question", async () => {
    expect((await call(from(app, preflight("/nowhere", "GET")))).status).toBe(404);
  });

  test.each([
    "https://evil.example",
    "https://app.example.com.evil.example",
    "https://xapp.example.com",
    "http://app.example.com",
    "https://APP.example.com",
    "null",
    "*",
    "",
    `${app}, ${app}`,
  ])("nobody else is: %j", async (origin) => {
    for (const request of [{ path: "/health" }, preflight("/health", "GET")]) {
      const response = await call(from(origin, request));
      expect([corsOf(response), response.headers["vary"]]).toEqual([{}, "origin"]);
    }
  });

  test("who sends no origin gets no such header, and caches are told that it matters", async () => {
    const { flow, token } = await signUp();
    const response = await call({ path: `/flows/${flow.id}`, headers: bearer(token) });
    expect([corsOf(response), response.headers["vary"]]).toEqual([{}, "authorization, origin"]);
  });
});

describe("origins of a configuration", () => {
  test.each([
    ["", []],
    [" ", []],
    [app, [app]],
    [`${app} , ${admin}`, [app, admin]],
    [
      "http://localhost:5173,http://127.0.0.1:8080,http://[::1]:1",
      ["http://localhost:5173", "http://127.0.0.1:8080", "http://[::1]:1"],
    ],
  ])("are taken: %j", (text, origins) => {
    expect(parseOrigins(text)).toEqual(origins);
  });

  test.each([
    "*",
    "null",
    "app.example.com",
    "https://app.example.com/",
    "https://app.example.com/path",
    "https://*.example.com",
    "https://user@app.example.com",
    "https://APP.example.com",
    "https://app.example.com:443",
    "http://app.example.com",
    "file:///index.html",
    `${app},`,
    `${app} ${admin}`,
  ])("are refused: %j", (text) => {
    expect(parseOrigins(text)).toBeUndefined();
  });
});
