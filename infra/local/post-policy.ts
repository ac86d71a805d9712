import { createHmac, timingSafeEqual } from "node:crypto";
import { S3Error } from "./s3-error.ts";

/** Who signs forms, and for what. */
export interface PostRules {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly bucket: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A form's fields as they came, by lower-case name, without its file. */
export type PostFields = ReadonlyMap<string, string>;

/** What a form that keeps its policy may store. */
export interface AllowedPost {
  readonly key: string;
  readonly contentType: string | undefined;
  readonly leastBytes: number;
  readonly mostBytes: number;
}

/**
 * Checks a form as S3 does: signed by us, in time, each condition of its policy kept, and no field that the policy doesn't
 * know. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 * @throws S3Error for what breaks that.
 */
export function checkPost(fields: PostFields, rules: PostRules): AllowedPost {
  checkSignature(fields, rules);
  const { expiration, conditions } = parsePolicy(fields.get("policy") ?? "");
  if (!(Date.parse(expiration) > rules.now())) deny("Policy expired.");
  const seen = new Set(["policy", "x-amz-signature"]);
  let range = { leastBytes: 0, mostBytes: Number.POSITIVE_INFINITY };
  for (const condition of conditions.map(parseCondition)) {
    if (condition.kind === "content-length-range") range = condition;
    else checkField(condition, fields, rules, seen);
  }
  const extra = [...fields.keys()].filter((name) => !seen.has(name) && !name.startsWith("x-ignore-"));
  if (extra.length > 0) deny(`Extra input fields: ${extra.join(", ")}`);
  const key = fields.get("key");
  if (!key) throw new S3Error("InvalidArgument", "Bucket POST must contain a field named 'key'.");
  return { key, contentType: fields.get("content-type"), ...range };
}

/** Signature version 4 over the policy as it came: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html */
function checkSignature(fields: PostFields, { accessKeyId, secretAccessKey }: PostRules): void {
  const [owner, date = "", region = "", service = "", end] = (fields.get("x-amz-credential") ?? "").split(
    "/",
  );
  if (fields.get("x-amz-algorithm") !== "AWS4-HMAC-SHA256" || service !== "s3" || end !== "aws4_request") {
    throw new S3Error("AccessDenied", "Access Denied");
  }
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const signing = [date, region, service, end].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  const expected = hmac(signing, fields.get("policy") ?? "");
  const given = Buffer.from(fields.get("x-amz-signature") ?? "", "hex");
  if (owner === accessKeyId && given.length === expected.length && timingSafeEqual(given, expected)) return;
  throw new S3Error(
    "SignatureDoesNotMatch",
    "The signature that was calculated doesn't match the one given.",
  );
}

function parsePolicy(base64: string): {
  readonly expiration: string;
  readonly conditions: readonly unknown[];
} {
  try {
    const policy: unknown = JSON.parse(Buffer.from(base64, "base64").toString("utf8"));
    if (typeof policy === "object" && policy !== null && "expiration" in policy && "conditions" in policy) {
      const { expiration, conditions } = policy;
      if (typeof expiration === "string" && Array.isArray(conditions)) return { expiration, conditions };
    }
  } catch {
    // Refused below, as what isn't a policy.
  }
  throw invalidPolicy();
}

interface FieldCondition {
  readonly kind: "eq" | "starts-with";
  /** In lower case. */
  readonly field: string;
  readonly value: string;
}

interface RangeCondition {
  readonly kind: "content-length-range";
  readonly leastBytes: number;
  readonly mostBytes: number;
}

function parseCondition(condition: unknown): FieldCondition | RangeCondition {
  if (Array.isArray(condition) && condition.length === 3) {
    const [kind, first, second]: readonly unknown[] = condition;
    if (kind === "content-length-range" && isSize(first) && isSize(second)) {
      return { kind, leastBytes: first, mostBytes: second };
    }
    if (
      (kind === "eq" || kind === "starts-with") &&
      typeof first === "string" &&
      typeof second === "string"
    ) {
      return { kind, field: first.replace(/^\$/, "").toLowerCase(), value: second };
    }
  } else if (typeof condition === "object" && condition !== null) {
    const [[field, value] = ["", undefined], ...more] = Object.entries(condition);
    if (more.length === 0 && typeof value === "string")
      return { kind: "eq", field: field.toLowerCase(), value };
  }
  throw invalidPolicy();
}

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function checkField(
  { kind, field, value }: FieldCondition,
  fields: PostFields,
  { bucket }: PostRules,
  seen: Set<string>,
): void {
  seen.add(field);
  // Where it is posted to, whether the form says so or not.
  const given = field === "bucket" ? bucket : (fields.get(field) ?? "");
  const isKept = kind === "eq" ? given === value : given.startsWith(value);
  if (!isKept) deny(`Policy Condition failed: ["${kind}", "$${field}", "${value}"]`);
}

function invalidPolicy(): S3Error {
  return new S3Error("InvalidPolicyDocument", "The policy of the form can't be read.");
}

function deny(reason: string): never {
  throw new S3Error("AccessDenied", `Invalid according to Policy: ${reason}`);
}
