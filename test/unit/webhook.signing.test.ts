import { createHmac } from "node:crypto";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";
import { newMasterSecret, originSecrets, rotated } from "../../shared/webhook/origin-secret.ts";
import { webhookHeaders } from "../../shared/webhook/signature.ts";

/** Of the reference libraries' own suites: JavaScript (and Python, Java, PHP), and Rust. */
test.each([
  {
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    seconds: 1_614_265_330,
    body: '{"test": 2432232314}',
    signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  },
  {
    secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    id: "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
    seconds: 1_649_367_553,
    body: '{"email":"test@example.com","username":"test_user"}',
    signature: "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
  },
])("the published vector of $id is signed as published", ({ secret, id, seconds, body, signature }) => {
  expect(webhookHeaders({ id, now: seconds * 1000 + 999, body, secrets: [secret] })).toEqual({
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": signature,
  });
});

/** What the specification says, once more and by other code. */
function signatureBySpecification(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

test("any body and any id are signed as the specification says, and verified by the reference library", () => {
  const master = newMasterSecret(createSeededEntropy(1));
  const [secret = ""] = originSecrets(master, "https://hooks.example.com", 0);
  fc.assert(
    fc.property(fc.json(), fc.stringMatching(/^[\w.-]{1,40}$/), (body, id) => {
      const headers = webhookHeaders({ id, now: Date.now(), body, secrets: [secret] });
      const { "webhook-timestamp": timestamp, "webhook-signature": signature } = headers;
      expect(signature).toBe(signatureBySpecification(secret, id, timestamp, body));
      expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
      expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow("No matching signature");
    }),
  );
});

test("while secrets are rotated a receiver of either takes what was sent, for a day", () => {
  const now = Date.now();
  const entropy = createSeededEntropy(2);
  const before = newMasterSecret(entropy);
  const after = rotated(before, entropy, now);
  const origin = "https://hooks.example.com";
  const [old = ""] = originSecrets(before, origin, now);
  const [fresh = "", ...others] = originSecrets(after, origin, now + 86_399_999);
  expect(others).toEqual([old]);
  expect(fresh).not.toBe(old);

  const body = "{}";
  const headers = webhookHeaders({ id: "a", now, body, secrets: [fresh, old] });
  expect(headers["webhook-signature"].split(" ")).toHaveLength(2);
  for (const secret of [fresh, old]) expect(new Webhook(secret).verify(body, headers)).toEqual({});
  expect(originSecrets(after, origin, now + 86_400_000)).toEqual([fresh]);
});

test("each origin has a secret of its own, of 32 bytes", () => {
  const master = newMasterSecret(createSeededEntropy(3));
  const origins = ["https://a.example.com", "https://b.example.com", "https://a.example.com:8443"];
  const secrets = origins.flatMap((origin) => originSecrets(master, origin, 0));
  expect(new Set(secrets).size).toBe(3);
  for (const secret of secrets) {
    expect(secret).toMatch(/^whsec_/);
    expect(Buffer.from(secret.slice("whsec_".length), "base64")).toHaveLength(32);
    expect(secret).not.toContain(master.current);
  }
});
