import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createDynamodbProfiles } from "../../functions/create-profile/dynamodb-profiles.ts";
import { createHandler as createProfileHandler } from "../../functions/create-profile/handler.ts";
import { createProfile } from "../../functions/create-profile/job.ts";
import { createHandler as createReceiptHandler } from "../../functions/render-receipt/handler.ts";
import { renderReceipt } from "../../functions/render-receipt/job.ts";
import { createHandler as createAvatarHandler } from "../../functions/resize-avatar/handler.ts";
import { resizeAvatar } from "../../functions/resize-avatar/job.ts";
import { createS3Uploads } from "../../functions/s3-uploads.ts";
import { awsPorts, createS3FileStore, dynamodbClient, s3Client } from "../../shared/aws/index.ts";
import type { JobDefinition } from "../../shared/catalog/job.ts";
import { shortProfile } from "../../shared/catalog/queue-settings.ts";
import { type Clock, systemClock } from "../../shared/clock/clock.ts";
import { runHandler } from "../../shared/consumer/run-handler.ts";
import { type Outcome, verdictOf } from "../../shared/consumer/verdict.ts";
import { flowId, start } from "../support/builders.ts";
import { createManualClock } from "../support/clock-manual.ts";
import { LOCAL_CLIENT, LOOPBACK } from "../support/loopback.ts";

/** Accepts every connection and never says a word. */
const server = createServer((socket) => {
  sockets.add(socket);
  socket.on("error", () => {});
  // What isn't read would hold back the client's own end.
  socket.resume();
});
const sockets = new Set<Socket>();
beforeAll(async () => {
  server.listen(0, LOOPBACK);
  await once(server, "listening");
  const { accessKeyId, secretAccessKey } = LOCAL_CLIENT.credentials;
  process.env["AWS_ENDPOINT_URL"] = `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`;
  process.env["AWS_REGION"] = LOCAL_CLIENT.region;
  process.env["AWS_ACCESS_KEY_ID"] = accessKeyId;
  process.env["AWS_SECRET_ACCESS_KEY"] = secretAccessKey;
});
afterAll(async () => {
  (await s3Client()).destroy();
  for (const socket of sockets) socket.destroy();
  const closed = once(server, "close");
  server.close();
  await closed;
});

const person = { email: "zoe@example.com", name: "Zoë Ångström", plan: "pro" } as const;
const writer = { ...person, bio: "é".repeat(5_000) };
const known = {
  ...{ id: `${flowId}.job`, key: "job", run: 0, attempt: 1 },
  flow: { id: flowId, name: "sign-up", createdAt: new Date(start) },
};

/** As the functions have them. */
const profiles = createDynamodbProfiles({ client: dynamodbClient(), tableName: "profiles" });
const files = createS3FileStore({ client: s3Client, bucket: "files" });
const uploads = createS3Uploads({ client: s3Client, bucket: "uploads" });
const avatar = { upload: flowId };
const answering = { creatorOf: async () => undefined, add: async () => true };

/** A GIF of one pixel. */
const picture = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");

const handlers = {
  profile: createProfileHandler({ profiles, files }),
  bio: createProfileHandler({ profiles: answering, files }),
  receipt: createReceiptHandler({ files }),
  upload: createAvatarHandler({ uploads, files }),
  picture: createAvatarHandler({ uploads: { read: async () => picture }, files }),
};

/** Runs until the deadline by that clock. */
type Run = (time: { readonly clock: Clock; readonly deadline: number }) => Promise<Outcome>;

const calls: readonly (readonly [string, dependency: string, JobDefinition, Run])[] = [
  [
    "a look for a profile",
    "profiles",
    createProfile,
    (time) => runHandler(handlers.profile, writer, known, time),
  ],
  [
    "a profile's write",
    "profiles",
    createProfile,
    (time) => runHandler(handlers.profile, person, known, time),
  ],
  ["a bio's write", "files", createProfile, (time) => runHandler(handlers.bio, writer, known, time)],
  ["a receipt's write", "files", renderReceipt, (time) => runHandler(handlers.receipt, person, known, time)],
  ["an upload's read", "uploads", resizeAvatar, (time) => runHandler(handlers.upload, avatar, known, time)],
  ["a picture's write", "files", resizeAvatar, (time) => runHandler(handlers.picture, avatar, known, time)],
];

test("a service that accepts calls and never answers is an outage before the job's time is over", async () => {
  const ended = calls.map(async ([, dependency, job, run]) => {
    const deadline = systemClock.now() + job.timeoutSeconds * 1000;
    const outcome = await run({ clock: systemClock, deadline });
    expect(outcome).toMatchObject({ kind: "threw", timedOut: false });
    const held = { status: "held", dependency, error: "out of reach (TimeoutError)" };
    expect(verdictOf(outcome, job, 0, 0, shortProfile)).toEqual(held);
  });
  await Promise.all(ended);
});

test("the engine's own calls end as well, after three tries each", async () => {
  const { ledger, queue } = awsPorts({
    ...{ ledgerTable: "ledger", payloadBucket: "payloads" },
    queueUrls: { dispatch: `${process.env["AWS_ENDPOINT_URL"]}/000000000000/dispatch` },
  });
  const ended = { name: "TimeoutError", $metadata: { attempts: 3 } };
  await Promise.all([
    expect(ledger.read(flowId)).rejects.toMatchObject(ended),
    expect(queue.depth("dispatch")).rejects.toMatchObject(ended),
  ]);
});

test.each(calls)("%s under way ends with its job's time", async (_, _dependency, _job, run) => {
  const clock = createManualClock(start);
  const called = once(server, "connection");
  const ended = run({ clock, deadline: start + 1 });
  await called;
  await clock.pass(1);
  expect(await ended).toMatchObject({ kind: "threw", timedOut: true, error: { name: "AbortError" } });
});
