import { afterAll, expect, test } from "@jest/globals";
import { minValue, number, object, parse, pipe, record, string, tuple } from "valibot";
import { openSession } from "./session.ts";
import { testShowing } from "./target.ts";

const session = openSession();
afterAll(() => session.end());

const text = "Ein Leben in Sätzen.\n".repeat(12_000).slice(0, 250_000);

test("a bio of 250 KB arrives whole in the profile's file", async () => {
  const person = session.person({ bio: text });
  const flow = await session.finished(await session.signUp(person));
  expect(flow.status).toBe("succeeded");
  const profile = await session.profiles.read(person.email);
  expect(await session.files.read(String(profile?.["bioFile"]))).toBe(text);
});

test("a large input travels by S3: the message has the reference, and the bucket what it refers to", async () => {
  const accepted = await session.startTestFlow("fails-for-good", { ballast: text });
  await session.finished(accepted);
  const { body, attributes } = await session.deadLetter(accepted, "fail-for-good");
  expect(Buffer.byteLength(body)).toBeLessThan(1024);
  const pointer = tuple([string(), object({ s3BucketName: string(), s3Key: string() })]);
  const [kind, { s3BucketName, s3Key }] = parse(pointer, JSON.parse(body));
  expect([kind, s3BucketName]).toEqual([
    "software.amazon.payloadoffloading.PayloadS3Pointer",
    session.payloads.name,
  ]);
  const payload = await session.payloads.read(s3Key);
  expect(payload).toContain(JSON.stringify(text));
  expect(attributes["ExtendedPayloadSize"]).toBe(String(Buffer.byteLength(payload)));
});

testShowing(
  "message-sizes",
  "no message, of whatever flow, was larger than one of the 64 KiB that SQS bills by",
  async () => {
    const { body } = await session.call("/_local/queues");
    const queue = object({ largestMessageBytes: pipe(number(), minValue(0)) });
    const queues = parse(record(string(), queue), JSON.parse(body.toString()));
    for (const name of ["dispatch", "create-profile", "fail-for-good"]) {
      expect(queues[name]?.largestMessageBytes).toBeGreaterThan(0);
      expect(queues[name]?.largestMessageBytes).toBeLessThanOrEqual(64 * 1024);
    }
  },
);
