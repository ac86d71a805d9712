import { describe, expect, test } from "@jest/globals";
import { maximumBodyBytes } from "../../functions/api/http.ts";
import { createApiFixture, refusalOf, signUpCall, zoe } from "../support/api-fixture.ts";

function withField(name: string, text: string): string {
  return `${JSON.stringify(zoe).slice(0, -1)},"${name}":${text}}`;
}

describe("a body that can't be read", () => {
  const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;

  test.each<[string, unknown, number, string]>([
    ["is empty", "", 400, "malformed-request"],
    ["is not JSON", "{email:1}", 400, "malformed-request"],
    ["is cut off", JSON.stringify(zoe).slice(0, -3), 400, "malformed-request"],
    ["ends inside a string", '"\\', 400, "malformed-request"],
    ["has something after the JSON", `${JSON.stringify(zoe)}x`, 400, "malformed-request"],
    ["has bad UTF-8", Buffer.from([0x22, 0xc3, 0x28, 0x22]), 400, "malformed-request"],
    ["has an overlong form", Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 400, "malformed-request"],
    ["has a surrogate in UTF-8", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 400, "malformed-request"],
    ["is UTF-16", Buffer.from(JSON.stringify(zoe), "utf16le"), 400, "malformed-request"],
    ["has a raw line break in a text", `{"email":"a\n"}`, 400, "malformed-request"],
    ["has 10 000 levels", nested(10_000), 400, "malformed-request"],
    ["has 33 levels", nested(33), 400, "malformed-request"],
    ["has 300 000 open brackets", "[".repeat(300_000), 400, "malformed-request"],
    ["has 100 000 levels of objects", '{"a":'.repeat(100_000), 400, "malformed-request"],
    ["has a name twice", withField("email", '"other@example.com"'), 400, "malformed-request"],
    ["has a name twice far below", withField("x", '[{"a":{"b":1,"\\u0062":2}}]'), 400, "malformed-request"],
    ["has a lone surrogate", withField("bio", '"a\\ud800b"'), 400, "malformed-request"],
    ["has a lone surrogate in a list", withField("x", '["", "\\udfff"]'), 400, "malformed-request"],
    ["has a lone surrogate in a name", withField("\\ud800", "1"), 400, "malformed-request"],
    ["has __proto__", withField("__proto__", '{"plan":"pro"}'), 400, "malformed-request"],
    ["has an escaped __proto__", withField("__pr\\u006fto__", '{"plan":"pro"}'), 400, "malformed-request"],
    ["has constructor below", withField("x", '{"constructor":{"prototype":{}}}'), 400, "malformed-request"],
    ["has prototype", withField("prototype", "1"), 400, "malformed-request"],
    ["is larger than the limit", " ".repeat(maximumBodyBytes + 1), 413, "body-too-large"],
    ["is far larger", Buffer.alloc(8_000_000, "a"), 413, "body-too-large"],
  ])("that %s is refused with its own status", async (_, body, status, kind) => {
    const { response, problem } = await refusalOf(signUpCall(body));
    expect([response.status, problem.type]).toEqual([status, `/problems/${kind}`]);
  });

  test("is refused at once, however it is nested", async () => {
    const start = performance.now();
    for (const text of ["[", '{"":', '{"a":[', "[{},"]) await refusalOf(signUpCall(text.repeat(130_000)));
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test("is told where it breaks, where the parser says so, without being repeated", async () => {
    const { problem } = await refusalOf(signUpCall('{"email": "zoe@example.com",\n }'));
    expect(problem.detail).toBe("The body is not JSON: look at line 2, column 2.");
  });

  test("of up to 32 levels is a matter of its rules", async () => {
    const { response } = await refusalOf(signUpCall(nested(32)));
    expect(response.status).toBe(422);
  });

  test.each([
    [{ "content-type": "" }],
    [{ "content-type": "text/plain" }],
    [{ "content-type": "application/x-www-form-urlencoded" }],
    [{ "content-type": "application/jsonx" }],
    [{ "content-type": "application/json, text/plain" }],
    [{ "content-type": "application/json; charset=iso-8859-1" }],
    [{ "content-type": `${"a/+json".repeat(50_000)}` }],
    [{ "content-encoding": "gzip" }],
  ])("for its headers is refused with 415: %j", async (headers) => {
    const { response, problem } = await refusalOf(signUpCall(zoe, headers));
    expect([response.status, problem.type]).toEqual([415, "/problems/unsupported-media-type"]);
  });

  test("without a media type is refused with 415 and told which", async () => {
    const { response } = await refusalOf({ method: "POST", path: "/sign-ups", body: zoe });
    expect(response).toMatchObject({ status: 415, headers: { "accept-post": "application/json" } });
  });
});

describe("a body that breaks the rules", () => {
  const email = "an email address";
  const control = "no control characters";
  test.each<[string, unknown, string, string]>([
    ["a number", 1, "input", "an object with email, name, plan, locale, bio, avatar"],
    ["null", null, "input", "an object with email, name, plan, locale, bio, avatar"],
    ["a list", [], "input", "an object with email, name, plan, locale, bio, avatar"],
    ["a list of one", [zoe], "input", "an object with email, name, plan, locale, bio, avatar"],
    [
      "an unknown field",
      { ...zoe, emial: 1 },
      "emial",
      "no such field (there are email, name, plan, locale, bio, avatar)",
    ],
    ["no name", { email: zoe.email }, "name", "a field that must be there"],
    ["a null where a text belongs", { ...zoe, bio: null }, "bio", "a text"],
    ["an empty name", { ...zoe, name: "" }, "name", "1 to 200 characters"],
    ["a blank name", { ...zoe, name: " \u00a0" }, "name", "not blank"],
    ["a name of 201 foxes", { ...zoe, name: "🦊".repeat(201) }, "name", "1 to 200 characters"],
    ["a name with a line break", { ...zoe, name: "Zoë\r\nBcc: all@example.com" }, "name", control],
    ["a name with U+0000", { ...zoe, name: "Zo\u0000" }, "name", control],
    ["a name with a C1 control", { ...zoe, name: "Zo\u0085" }, "name", control],
    ["a name with a line separator", { ...zoe, name: "Zo\u2028" }, "name", control],
    ["a bio with U+0000", { ...zoe, bio: "\u0000" }, "bio", "no control characters but tabs and line breaks"],
    ["a bio over 256 KiB", { ...zoe, bio: "a".repeat(262_145) }, "bio", "at most 262144 bytes of UTF-8"],
    [
      "a bio over 256 KiB in bytes",
      { ...zoe, bio: "€".repeat(87_382) },
      "bio",
      "at most 262144 bytes of UTF-8",
    ],
    ["an unknown plan", { ...zoe, plan: "gold" }, "plan", '"free" or "pro"'],
    ["a plan from a prototype", { ...zoe, plan: "toString" }, "plan", '"free" or "pro"'],
    [
      "a locale that is none",
      { ...zoe, locale: "not a locale" },
      "locale",
      "a language tag such as en or pt-BR",
    ],
    [
      "a long locale",
      { ...zoe, locale: `en-${"a".repeat(500_000)}` },
      "locale",
      "a language tag of at most 35 characters",
    ],
    ["no @", { ...zoe, email: "zoe.example.com" }, "email", email],
    ["two @", { ...zoe, email: "a@b@example.com" }, "email", email],
    ["no dot in the domain", { ...zoe, email: "zoe@localhost" }, "email", email],
    ["a dot at the end", { ...zoe, email: "zoe@example.com." }, "email", email],
    ["two dots", { ...zoe, email: "zoe..x@example.com" }, "email", email],
    ["a hyphen at an end", { ...zoe, email: "zoe@-example.com" }, "email", email],
    ["65 characters before the @", { ...zoe, email: `${"a".repeat(65)}@example.com` }, "email", email],
    ["a line break in an address", { ...zoe, email: "zoe@example.com\nx" }, "email", email],
    ["an address list", { ...zoe, email: "a@example.com,b@example.com" }, "email", email],
    ["a display name", { ...zoe, email: "Zoë <zoe@example.com>" }, "email", email],
    ["another script", { ...zoe, email: "zoë@example.com" }, "email", email],
    [
      "an endless domain",
      { ...zoe, email: `a@${"a.".repeat(250_000)}` },
      "email",
      `${email} of at most 254 characters`,
    ],
  ])("by %s is refused with 422, the path and the rule", async (_, body, path, rule) => {
    const { response, problem } = await refusalOf(signUpCall(body));
    expect([response.status, problem.type]).toEqual([422, "/problems/invalid-input"]);
    expect(problem.errors).toEqual([{ path, rule, got: expect.any(String) }]);
  });

  test("in several fields is told all of them, each once, with the beginning of what was there", async () => {
    const { problem } = await refusalOf(signUpCall({ emial: "zoe@example.com", name: "a".repeat(1_000) }));
    expect(problem.errors).toEqual([
      { path: "email", rule: "a field that must be there", got: "nothing" },
      { path: "name", rule: "1 to 200 characters", got: `"${"a".repeat(60)}… (1000 characters)` },
      {
        path: "emial",
        rule: "no such field (there are email, name, plan, locale, bio, avatar)",
        got: '"zoe@example.com"',
      },
    ]);
  });

  test("with a list where its fields belong is told what was there", async () => {
    const { problem } = await refusalOf(signUpCall(["zoe@example.com", 1]));
    expect(problem.errors?.map(({ got }) => got)).toEqual(['["zoe@example.com",1]']);
  });

  test("by a huge name of a field is not repeated at length", async () => {
    const { problem } = await refusalOf(signUpCall({ ...zoe, ["🦊".repeat(100_000)]: 1 }));
    expect(problem.errors?.[0]?.path.length).toBeLessThan(130);
  });

  test.each([
    "a".repeat(254),
    `${"a.".repeat(126)}`,
    `a@${"a-".repeat(126)}`,
    `a@${"a.".repeat(125)}-`,
    "a@".repeat(127),
  ])("by the address %s is refused in no time", async (address) => {
    const start = performance.now();
    const { response } = await refusalOf(signUpCall({ ...zoe, email: address }));
    expect(response.status).toBe(422);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

test.each(["zoe+tag@example.co.uk", "O'Neil@x-y.example", "a@1.example", `${"a".repeat(64)}@example.com`])(
  "the address %s is one",
  async (email) => {
    const { call } = createApiFixture();
    expect((await call(signUpCall({ ...zoe, email }))).status).toBe(202);
  },
);
