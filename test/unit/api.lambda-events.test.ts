import { afterEach, describe, expect, test } from "@jest/globals";
import { maximumBodyBytes } from "../../functions/api/http.ts";
import {
  httpFunction,
  httpRequest,
  type LambdaHttpEvent,
  lambdaResult,
} from "../../functions/api/lambda-http.ts";
import { createApiFixture, json, zoe } from "../support/api-fixture.ts";

/** What an HTTP API sends (format 2.0), shortened to what is its own. */
function httpEvent(changes: object = {}): LambdaHttpEvent {
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: "/flows/abc",
    rawQueryString: "",
    headers: {
      "accept-encoding": "gzip, br",
      authorization: "Bearer abc",
      "content-type": "application/json",
      host: "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
      "x-forwarded-for": "203.0.113.7",
    },
    requestContext: {
      apiId: "a1b2c3d4e5",
      http: { method: "GET", path: "/flows/abc", protocol: "HTTP/1.1", sourceIp: "203.0.113.7" },
      stage: "$default",
      timeEpoch: 1_795_000_000_000,
    },
    isBase64Encoded: false,
    ...changes,
  } as LambdaHttpEvent;
}

/** What a REST API sends (format 1.0), which says `null` for what there is none of. */
function restEvent(changes: object = {}): LambdaHttpEvent {
  return {
    resource: "/{proxy+}",
    path: "/flows/abc",
    httpMethod: "GET",
    headers: { Authorization: "Bearer abc", "X-Two": "b" },
    multiValueHeaders: { Authorization: ["Bearer abc"], "X-Two": ["a", "b"] },
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: { proxy: "flows/abc" },
    stageVariables: null,
    requestContext: { path: "/live/flows/abc", stage: "live", httpMethod: "GET" },
    body: null,
    isBase64Encoded: false,
    ...changes,
  } as unknown as LambdaHttpEvent;
}

const formats = [
  ["1.0", restEvent, (path: string) => ({ path })],
  ["2.0", httpEvent, (path: string) => ({ rawPath: path })],
] as const;

describe.each(formats)("an event of format %s", (_format, event, at) => {
  const textOf = (changes: object) => Buffer.from(httpRequest(event(changes)).body).toString();

  test("becomes a plain request", () => {
    expect(httpRequest(event())).toMatchObject({ method: "GET", path: "/flows/abc", query: "" });
    expect(httpRequest(event()).headers["authorization"]).toBe("Bearer abc");
    expect(httpRequest(event()).body).toHaveLength(0);
  });

  test("has its body as text or as base64", () => {
    expect(textOf({ body: '{"name":"Zoë"}' })).toBe('{"name":"Zoë"}');
    expect(textOf({ body: Buffer.from("Zoë").toString("base64"), isBase64Encoded: true })).toBe("Zoë");
  });

  test("keeps bytes that are no text", () => {
    const bytes = Buffer.from([0, 255, 254, 128]);
    const { body } = httpRequest(event({ body: bytes.toString("base64"), isBase64Encoded: true }));
    expect(Buffer.from(body)).toEqual(bytes);
  });

  test.each([
    ["/flows/a b", "/flows/a%20b"],
    ["/flows/%zz", "/flows/%25zz"],
    ["/flows/100%", "/flows/100%25"],
    ["/flows/a%2Fb", "/flows/a%2Fb"],
    ["/flows/Zoë/x?y#z", "/flows/Zo%C3%AB/x%3Fy%23z"],
    ["/flows/\ud800", "/flows/%EF%BF%BD"],
  ])("has its path encoded, decoded on the way or not: %j", (path, encoded) => {
    expect(httpRequest(event(at(path))).path).toBe(encoded);
  });

  test("is answered a sign-up that can be followed", async () => {
    const { call } = createApiFixture();
    const handler = httpFunction(
      async () =>
        ({ method, path, headers, body }) =>
          call({ method, path, headers, body }),
    );
    const post = event({
      ...at("/sign-ups"),
      httpMethod: "POST",
      requestContext: { stage: "$default", http: { method: "POST" } },
      headers: { "Content-Type": "application/json" },
      multiValueHeaders: null,
      body: JSON.stringify(zoe),
    });
    const { statusCode, headers, body, isBase64Encoded } = await handler(post);
    expect([statusCode, isBase64Encoded]).toEqual([202, false]);
    expect(headers?.["location"]).toBe(`/flows/${JSON.parse(body).flow.id}`);
  });
});

describe("the trace of an invocation", () => {
  const [fromGateway, fromLambda, fromNextInvocation] = ["a", "b", "c"].map(
    (digit) => `Root=1-5759e988-${digit.repeat(24)}`,
  );
  afterEach(() => {
    delete process.env["_X_AMZN_TRACE_ID"];
  });

  test.each([
    ["1.0", restEvent, "X-Amzn-Trace-Id"],
    ["2.0", httpEvent, "x-amzn-trace-id"],
  ] as const)(
    "is Lambda's, which changes with each, and API Gateway's where Lambda says nothing: %s",
    async (_, event, name) => {
      const seen: (string | undefined)[] = [];
      const handler = httpFunction(async () => async ({ headers }) => {
        seen.push(headers["x-amzn-trace-id"]);
        return { status: 204, headers: {}, body: "" };
      });
      const headers = { [name]: fromGateway ?? "" };
      for (const said of ["", fromLambda, fromNextInvocation]) {
        process.env["_X_AMZN_TRACE_ID"] = said;
        await handler(event({ headers, multiValueHeaders: null }));
      }
      expect(seen).toEqual([fromGateway, fromLambda, fromNextInvocation]);
    },
  );
});

test("a header that came several times is joined", () => {
  expect(httpRequest(restEvent()).headers["x-two"]).toBe("a, b");
  expect(httpRequest(restEvent({ multiValueHeaders: null })).headers["x-two"]).toBe("b");
  expect(httpRequest(restEvent({ multiValueHeaders: null, headers: null })).headers).toEqual({});
});

test("the query is as it came (2.0), or put together again (1.0)", () => {
  expect(httpRequest(httpEvent({ rawQueryString: "a=1&a=%202" })).query).toBe("a=1&a=%202");
  const multiValueQueryStringParameters = { a: ["1", " 2"], "b&": ["="] };
  expect(httpRequest(restEvent({ multiValueQueryStringParameters })).query).toBe("a=1&a=%202&b%26=%3D");
});

test.each([
  ["/live/flows/abc", "live", "/flows/abc"],
  ["/live", "live", "/"],
  ["/lively/flows", "live", "/lively/flows"],
  ["/flows/abc", "live", "/flows/abc"],
  ["/$default/flows", "$default", "/$default/flows"],
])("a path of format 2.0 is %s in stage %s: %s", (rawPath, stage, path) => {
  const requestContext = { stage, http: { method: "GET" } };
  expect(httpRequest(httpEvent({ rawPath, requestContext })).path).toBe(path);
});

test("bytes are answered as base64, text as it is", () => {
  const bytes = new Uint8Array([0, 255]);
  expect(lambdaResult({ status: 200, headers: { a: "b" }, body: bytes })).toEqual({
    statusCode: 200,
    headers: { a: "b" },
    body: "AP8=",
    isBase64Encoded: true,
  });
  expect(lambdaResult({ status: 404, headers: {}, body: "Zoë" })).toMatchObject({
    body: "Zoë",
    isBase64Encoded: false,
  });
});

test("the largest body that the API reads, as base64, is far below what a function can be handed", () => {
  expect(Math.ceil(maximumBodyBytes / 3) * 4).toBeLessThan(6 * 1024 * 1024 * 0.5);
});

test("a failed start is tried again by the next request", async () => {
  const { call } = createApiFixture();
  const answers = [Promise.reject(new Error("no table")), Promise.resolve(call)];
  for (const answer of answers) answer.catch(() => {});
  const handler = httpFunction(async () => {
    const answer = await answers.shift();
    return async (request) => (answer ?? call)(request);
  });
  await expect(handler(httpEvent())).rejects.toThrow("no table");
  const { body } = await handler(httpEvent({ rawPath: "/health" }));
  expect(json({ status: 200, headers: {}, body })).toEqual({ status: "ok" });
});
