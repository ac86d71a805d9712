import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { clientKey } from "../../functions/api/client-key.ts";
import { createClientThrottle } from "../../functions/api/client-throttle.ts";
import { httpRequest, type LambdaHttpEvent } from "../../functions/api/lambda-http.ts";
import { createApiFixture, json, signUpCall, zoe } from "../support/api-fixture.ts";

/** A throttle of ten requests a second, at a time that is set by hand. */
function setUp(options: { readonly ratePerSecond?: number; readonly mostClients?: number } = {}) {
  let time = 1_795_000_000_000;
  const throttle = createClientThrottle({ ratePerSecond: 10, ...options, now: () => time });
  const get = (source?: string) => throttle({ method: "GET", ...(source ? { source } : {}) });
  /** How many of so many requests at once pass. */
  const passing = (count: number, method = "GET", source = "203.0.113.7") =>
    Array.from({ length: count }, () => throttle({ method, source })).filter((wait) => wait === undefined)
      .length;
  return {
    get,
    passing,
    pass: (seconds: number) => {
      time += seconds * 1000;
    },
  };
}

describe("a client", () => {
  test("may send five seconds' worth at once, of which one that starts work counts as five", () => {
    expect(setUp().passing(100)).toBe(50);
    expect(setUp().passing(100, "POST")).toBe(10);
    expect(setUp().passing(100, "HEAD")).toBe(50);
  });

  test("has its rate in the long run, whatever it tries", () => {
    const { passing, pass } = setUp();
    let passed = passing(1000);
    for (let second = 0; second < 60; second++) {
      pass(1);
      passed += passing(1000);
    }
    expect(passed).toBe(50 + 60 * 10);
  });

  test("that was quiet for long may send no more than one that was quiet for five seconds", () => {
    const { passing, pass } = setUp();
    passing(100);
    pass(86_400);
    expect(passing(100)).toBe(50);
  });

  test("is told when it may come again, and may come then and not before", () => {
    const { get, passing, pass } = setUp({ ratePerSecond: 0.1 });
    expect(passing(1, "POST")).toBe(1);
    expect(get("203.0.113.7")).toBe(10);
    pass(9);
    expect(get("203.0.113.7")).toBe(1);
    pass(1);
    expect(get("203.0.113.7")).toBeUndefined();
  });

  test("that starts work gets through once at any rate", () => {
    expect(setUp({ ratePerSecond: 0.01 }).passing(3, "POST")).toBe(1);
  });

  test("that is throttled takes nothing from another", () => {
    const { passing } = setUp();
    expect(passing(100, "GET", "203.0.113.7")).toBe(50);
    expect(passing(100, "GET", "203.0.113.8")).toBe(50);
  });

  test("whose clock was set back is not shut out", () => {
    const { get, passing, pass } = setUp();
    passing(50);
    pass(-3600);
    pass(3605);
    expect(get("203.0.113.7")).toBeUndefined();
  });
});

test("no more clients are known than there is room for: the one that was quiet the longest is forgotten", () => {
  const { get, passing } = setUp({ ratePerSecond: 0.2, mostClients: 3 });
  const addresses = ["a", "b", "c", "d"];
  for (const address of addresses.slice(0, 3)) passing(5, "GET", address);
  expect(addresses.slice(0, 3).map(get)).toEqual([5, 5, 5]);
  get("d");
  expect(get("b")).toBe(5);
  expect(get("a")).toBeUndefined();
});

describe("the address that is counted by", () => {
  test.each([
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::FFFF:cb00:7107", "203.0.113.7"],
    ["0:0:0:0:0:ffff:203.0.113.7", "203.0.113.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002:ffff::", "2001:db8:1:2::/64"],
    ["2001:db8::", "2001:db8:0:0::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["64:ff9b::203.0.113.7", "64:ff9b:0:0::/64"],
    ["unknown", "unknown"],
  ])("of %s is %s", (address, key) => {
    expect(clientKey(address)).toBe(key);
  });

  test("is one for a /64, however its addresses are written, and another for the next", () => {
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, groups, (one, other) => {
        const text = (numbers: readonly number[]) => numbers.map((number) => number.toString(16)).join(":");
        const sibling = [...one.slice(0, 4), ...other.slice(4)];
        const short = new URL(`http://[${text(sibling)}]`).hostname.slice(1, -1);
        // Mapped IPv4 addresses are clients of their own.
        fc.pre(text(one.slice(0, 5)) !== "0:0:0:0:0");
        expect(clientKey(short)).toBe(clientKey(text(one)));
        const next = [...one.slice(0, 3), ((one[3] ?? 0) + 1) & 0xffff, ...one.slice(4)];
        expect(clientKey(text(next))).not.toBe(clientKey(text(one)));
      }),
      { seed: 20261129, numRuns: 2_000 },
    );
  });
});

describe("the API", () => {
  test("answers 429 with Retry-After, notes nothing, and touches neither ledger nor queue", async () => {
    const fixture = createApiFixture({ clientRatePerSecond: 1 });
    await fixture.call(signUpCall(zoe));
    const { sent, counts, failures, events } = fixture;
    const before = { sent: sent.length, ...counts, failures: failures.length, events: events.length };
    const response = await fixture.call(signUpCall(zoe));
    expect([response.status, response.headers["retry-after"]]).toEqual([429, "5"]);
    expect(json(response)).toMatchObject({ type: "/problems/too-many-requests", status: 429 });
    expect(response.headers).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    expect({ sent: sent.length, ...counts, failures: failures.length, events: events.length }).toEqual(
      before,
    );
  });

  test("limits nobody unless it is told to", async () => {
    const { call } = createApiFixture();
    for (let count = 0; count < 500; count++) expect((await call({ path: "/health" })).status).toBe(200);
  });

  test("counts by the connection's address, and no header changes that", async () => {
    const { api } = createApiFixture({ clientRatePerSecond: 1 });
    const statuses = [];
    for (let count = 0; count < 7; count++) {
      const forged = { "x-forwarded-for": `198.51.100.${count}`, forwarded: `for=198.51.100.${count}` };
      const body = new Uint8Array();
      const { status } = await api({
        ...{ method: "GET", path: "/health", query: "", body },
        ...{ headers: { ...forged, "x-real-ip": `198.51.100.${count}` }, source: "203.0.113.7" },
      });
      statuses.push(status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
  });
});

test.each([
  ["1.0", { httpMethod: "GET", path: "/", requestContext: { identity: { sourceIp: "203.0.113.7" } } }],
  [
    "2.0",
    { rawPath: "/", requestContext: { stage: "$default", http: { method: "GET", sourceIp: "203.0.113.7" } } },
  ],
])(
  "the address is API Gateway's, wherever the event has it, and not the caller's header: format %s",
  (_, event) => {
    const headers = { "X-Forwarded-For": "198.51.100.1, 203.0.113.7" };
    expect(httpRequest({ ...event, headers } as unknown as LambdaHttpEvent).source).toBe("203.0.113.7");
  },
);
