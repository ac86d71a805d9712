import { createHash } from "node:crypto";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { afterAll, expect, test } from "@jest/globals";
import { simpleParser } from "mailparser";
import { type Accepted, finished, signUp } from "../support/embedded.ts";
import { LOCAL_CLIENT } from "../support/loopback.ts";
import { pdfText } from "../support/pdf-text.ts";
import { serveTests } from "../support/serve-tests.ts";

interface Mail {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly at: string;
}

const service = await serveTests();
const dynamodb = new DynamoDBClient({ ...LOCAL_CLIENT, endpoint: service.dynamodbEndpoint });
const s3 = new S3Client({ ...LOCAL_CLIENT, endpoint: service.sqsS3Endpoint });
afterAll(() => {
  for (const client of [dynamodb, s3]) client.destroy();
});

test("a sign-up is accepted at once, and its mail, profile and receipt follow", async () => {
  const person = { email: "Zoe@Example.com", name: "Zoë Ångström", plan: "pro", locale: "de" };
  const accepted = await signUp(service, person);
  expect(accepted.flow.jobs.map(({ status }) => status)).toEqual(["queued", "queued", "queued"]);
  const flow = await finished(service, accepted);
  expect(flow.status).toBe("succeeded");
  const [mail, ...more] = await mailsTo("zoe@example.com");
  expect(more).toEqual([]);
  expect(mail?.subject).toContain("Zoë Ångström");
  const { body } = await service.call(`/_local/mail/${mail?.id}`);
  expect((await simpleParser(body)).text).toContain("Zoë Ångström");
  expect(await profileOf("zoe@example.com")).toMatchObject({ name: "Zoë Ångström", plan: "pro" });
  const text = await receiptText(accepted);
  for (const words of ["Zoë Ångström", "10,00", "2,00", "12,00"]) expect(text).toContain(words);
}, 20_000);

test.each(["Zoë Ångström", "Νίκος Παπαδόπουλος", "Đỗ Thị Hương", "Владимир Иванов"])(
  "the name %s arrives whole in mail, profile and receipt",
  async (name) => {
    const email = `${createHash("sha256").update(name).digest("hex").slice(0, 8)}@example.com`;
    const accepted = await signUp(service, { email, name });
    expect((await finished(service, accepted)).status).toBe("succeeded");
    expect((await mailsTo(email)).map(({ subject }) => subject)).toEqual([expect.stringContaining(name)]);
    expect(await profileOf(email)).toMatchObject({ name });
    expect(await receiptText(accepted)).toContain(name);
  },
  20_000,
);

test("a bio of 250 KB arrives in the profile by way of S3, with less than 1 KB on any queue", async () => {
  const bio = "Ein Leben in Sätzen.\n".repeat(12_000).slice(0, 250_000);
  const accepted = await signUp(service, { email: "long@example.com", name: "Long", bio });
  expect((await finished(service, accepted)).status).toBe("succeeded");
  const { bioFile } = await profileOf("long@example.com");
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: "files", Key: bioFile }));
  expect(await Body?.transformToString()).toBe(bio);
  const queues = await service.json<Record<string, { largestMessageBytes: number }>>("/_local/queues");
  const used = Object.entries(queues).filter(([, { largestMessageBytes }]) => largestMessageBytes > 0);
  expect(used.map(([name]) => name).sort()).toEqual([
    "create-profile",
    "dispatch",
    "render-receipt",
    "send-welcome-email",
  ]);
  for (const [, { largestMessageBytes }] of used) expect(largestMessageBytes).toBeLessThan(1024);
}, 20_000);

test("two identical requests at once start one flow, and its mail goes out once", async () => {
  const person = { email: "twice@example.com", name: "Twice" };
  const key = { "idempotency-key": "two-requests-at-once" };
  const [first, second] = await Promise.all([signUp(service, person, key), signUp(service, person, key)]);
  expect(second.flow.id).toBe(first.flow.id);
  for (const accepted of [first, second]) {
    expect((await finished(service, accepted)).status).toBe("succeeded");
  }
  expect(await mailsTo("twice@example.com")).toHaveLength(1);
}, 20_000);

test("files can be looked at without a token, and what isn't there is a 404", async () => {
  const files = await service.json<{ key: string; url: string }[]>("/_local/files");
  const receipt = files.find(({ key }) => key.endsWith("receipt.pdf"));
  const { headers, body } = await service.call(receipt?.url ?? "");
  expect(headers["content-type"]).toBe("application/pdf");
  expect(body.subarray(0, 5).toString()).toBe("%PDF-");
  for (const path of ["/_local/mail/none", "/_local/files/none", "/_local/other"]) {
    const answer = await service.call(path);
    expect([answer.status, answer.headers["content-type"]]).toEqual([404, "application/problem+json"]);
  }
});

test("what is for this machine alone is not for a page whose name points here, nor for whom a proxy lets in", async () => {
  const strangers = [
    { host: "rebound.example" },
    { host: "127.0.0.1.evil.example" },
    { "x-forwarded-for": "::1" },
  ];
  for (const headers of strangers) {
    const { status } = await service.call("/_local/mail", { headers });
    expect([headers, status]).toEqual([headers, 404]);
    expect((await service.call("/health", { headers })).status).toBe(200);
  }
  expect(
    (await service.call("/_local/mail", { headers: { host: `localhost:${service.port}` } })).status,
  ).toBe(200);
});

test("a body far over the limit is refused with 413 and costs no memory", async () => {
  const { status, headers } = await service.call("/sign-ups", {
    method: "POST",
    json: "x".repeat(8_000_000),
  });
  expect([status, headers["content-type"]]).toEqual([413, "application/problem+json"]);
});

async function mailsTo(address: string): Promise<readonly Mail[]> {
  return (await service.json<Mail[]>("/_local/mail")).filter(({ to }) => to.toLowerCase() === address);
}

async function profileOf(email: string): Promise<Record<string, string>> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: "profiles", Key: { id: { S: email } } }),
  );
  return unmarshall(Item ?? {});
}

/** The receipt as its owner gets it: by the API, which sends on to the file store. */
async function receiptText({ flow, token }: Accepted): Promise<string> {
  const path = `/flows/${flow.id}/files/render-receipt/receipt.pdf`;
  const { status, headers } = await service.call(path, { headers: { authorization: `Bearer ${token}` } });
  expect(status).toBe(303);
  // On the page's own origin: the stand-in for S3 lets no page of another one read it.
  expect(headers.location).toMatch(/^\/_local\/files\/[^/]+$/);
  const { body } = await service.call(headers.location ?? "");
  return pdfText(body);
}
