import { createHmac } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { checkPost, type PostRules } from "../../infra/local/post-policy.ts";
import { S3Error, s3ErrorResponse } from "../../infra/local/s3-error.ts";

const now = Date.parse("2026-11-29T12:00:00Z");
const rules: PostRules = {
  ...{ accessKeyId: "local", secretAccessKey: "only-this-run-knows", bucket: "uploads" },
  now: () => now,
};
const key = "incoming/06afxg7d5s5qybzc1r1q6m8k2w";
const base = {
  ...{ "Content-Type": "image/png", bucket: "uploads", key },
  ...{ "X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Date": "20261129T115900Z" },
  "X-Amz-Credential": "local/20261129/us-east-1/s3/aws4_request",
};
const policy = {
  expiration: "2026-11-29T12:05:00Z",
  conditions: [
    ["content-length-range", 10, 20],
    ...Object.entries(base).map(([name, value]) => ({ [name]: value })),
  ] as unknown[],
};

type Fields = Readonly<Record<string, string>>;

/** Signed over again as S3's page says it, with another's key where asked to. */
function sign(document: unknown = policy, fields: Fields = base, secret = rules.secretAccessKey): Fields {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  const Policy = Buffer.from(text).toString("base64");
  const [, date = "", region = "", service = "", end = ""] = (fields["X-Amz-Credential"] ?? "").split("/");
  const hmac = (mac: string | Buffer, part: string) => createHmac("sha256", mac).update(part).digest();
  const signingKey = hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), end);
  return { ...fields, Policy, "X-Amz-Signature": hmac(signingKey, Policy).toString("hex") };
}

/** As the form's reader hands them on. */
function check(fields: Fields) {
  return checkPost(
    new Map(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value])),
    rules,
  );
}

function refusalOf(fields: Fields): string {
  try {
    check(fields);
  } catch (error) {
    if (error instanceof S3Error) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "nothing";
}

test("a form that keeps its policy may store what that says", () => {
  expect(check(sign())).toMatchObject({ key, contentType: "image/png", leastBytes: 10, mostBytes: 20 });
});

test("fields that begin with x-ignore- may be added", () => {
  expect(refusalOf({ ...sign(), "x-ignore-form": "1" })).toBe("nothing");
});

test("a condition may ask for a beginning", () => {
  const conditions = [...policy.conditions, ["starts-with", "$x-amz-meta-name", "me"]];
  const fields = (name: string) => sign({ ...policy, conditions }, { ...base, "x-amz-meta-name": name });
  expect(refusalOf(fields("me.png"))).toBe("nothing");
  expect(refusalOf(fields("you.png"))).toMatch(/^AccessDenied: .*starts-with/);
});

describe("a form is refused", () => {
  const signed = sign();
  const without = (name: string): Fields => {
    const { [name]: _, ...rest } = signed;
    return rest;
  };
  test.each<[string, Fields, RegExp]>([
    ["another's key signed", sign(policy, base, "another"), /^SignatureDoesNotMatch/],
    ["whose signature is cut", { ...signed, "X-Amz-Signature": "00" }, /^SignatureDoesNotMatch/],
    ["without a signature", without("X-Amz-Signature"), /^SignatureDoesNotMatch/],
    ["without a policy", without("Policy"), /^SignatureDoesNotMatch/],
    ["without a credential", without("X-Amz-Credential"), /^AccessDenied/],
    ["of another algorithm", { ...signed, "X-Amz-Algorithm": "none" }, /^AccessDenied/],
    [
      "whose policy was changed after it was signed",
      { ...signed, Policy: sign({ ...policy, expiration: "2036-01-01T00:00:00Z" })["Policy"] ?? "" },
      /^SignatureDoesNotMatch/,
    ],
    [
      "of another user",
      sign(policy, { ...base, "X-Amz-Credential": "other/20261129/us-east-1/s3/aws4_request" }),
      /^SignatureDoesNotMatch/,
    ],
    ["too late", sign({ ...policy, expiration: "2026-11-29T12:00:00Z" }), /^AccessDenied: .*expired/],
    ["that never ends", sign({ ...policy, expiration: "never" }), /^AccessDenied: .*expired/],
    ["for another key", { ...signed, key: "claimed/x" }, /^AccessDenied: .*\$key/],
    ["for another type", { ...signed, "Content-Type": "text/html" }, /^AccessDenied: .*\$content-type/],
    ["without its type", without("Content-Type"), /^AccessDenied: .*\$content-type/],
    ["with a field more", { ...signed, acl: "public-read" }, /^AccessDenied: .*Extra input fields: acl/],
    [
      "for another bucket",
      sign(
        { ...policy, conditions: [...policy.conditions.slice(1), { bucket: "files" }] },
        { ...base, bucket: "files" },
      ),
      /^AccessDenied: .*\$bucket/,
    ],
    ["whose policy is no JSON", sign("{"), /^InvalidPolicyDocument/],
    ["whose policy has no conditions", sign({ expiration: policy.expiration }), /^InvalidPolicyDocument/],
    [
      "with a condition that nobody knows",
      sign({ ...policy, conditions: [...policy.conditions, ["matches", "$key", ".*"]] }),
      /^InvalidPolicyDocument/,
    ],
    [
      "with a range that is none",
      sign({ ...policy, conditions: [["content-length-range", -1, 1e99]] }),
      /^InvalidPolicyDocument/,
    ],
  ])("%s", (_, fields, reason) => {
    expect(refusalOf(fields)).toMatch(reason);
  });
});

test("a refusal is XML, as S3's, and repeats no markup", () => {
  const { status, headers, body } = s3ErrorResponse(new S3Error("AccessDenied", "<script>&"));
  expect([status, headers["content-type"]]).toEqual([403, "application/xml"]);
  expect(body).toContain("<Code>AccessDenied</Code><Message>&#60;script&#62;&#38;</Message>");
});
