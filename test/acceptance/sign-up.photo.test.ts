import { afterAll, beforeAll, expect, test } from "@jest/globals";
import sharp from "sharp";
import { number, object, parse, record, string } from "valibot";
import { photoOf } from "../support/pictures.ts";
import { postUpload } from "../support/post-upload.ts";
import type { DeadLetter } from "./access/resources.ts";
import { type Accepted, openSession } from "./session.ts";
import { testShowing } from "./target.ts";

const session = openSession();
afterAll(() => session.end());

/** The most that an upload may have. */
const mostBytes = 10 * 1024 * 1024;
const type = "image/jpeg";

/** Two uploads as large as they may be: a photo, and what is none. */
let photo: Promise<Accepted>;
let noPicture: Promise<Accepted>;
beforeAll(async () => {
  photo = signUpWith(await photoOf(mostBytes));
  noPicture = signUpWith(Buffer.alloc(mostBytes));
});

/** Somebody whose avatar these bytes are. */
async function signUpWith(bytes: Uint8Array): Promise<Accepted> {
  const form = await session.offerUpload(type, bytes.length);
  expect((await postUpload(session.call, form, bytes)).status).toBe(204);
  return session.signUp(session.person({ avatar: form.id }));
}

test("a photo of 10 MiB is sent by its form, and is made into pictures", async () => {
  const accepted = await photo;
  expect((await session.finished(accepted)).status).toBe("succeeded");
  const path = `/flows/${accepted.flow.id}/files/resize-avatar/avatar-512.webp`;
  const headers = { authorization: `Bearer ${accepted.token}` };
  const { headers: sent } = await session.call(path, { headers });
  const { width, height } = await sharp((await session.call(sent.location ?? "")).body).metadata();
  expect([width, height]).toEqual([512, 512]);
});

test("of an upload of 10 MiB the message has less than 1 KB, the reason why it failed included", async () => {
  const accepted = await noPicture;
  expect((await session.finished(accepted)).status).toBe("failed");
  const letter = await session.deadLetter(accepted, "resize-avatar");
  expect(letter.attributes["error"]).toContain("no picture");
  expect(bytesOf(letter)).toBeGreaterThan(100);
  expect(bytesOf(letter)).toBeLessThan(1024);
});

testShowing("message-sizes", "no message of an avatar's job, of whatever size, had 1 KB", async () => {
  await Promise.all([photo, noPicture].map(async (accepted) => session.finished(await accepted)));
  const queue = object({ largestMessageBytes: number() });
  const { body } = await session.call("/_local/queues");
  const queues = parse(record(string(), queue), JSON.parse(body.toString()));
  expect(queues["resize-avatar"]?.largestMessageBytes).toBeGreaterThan(100);
  expect(queues["resize-avatar"]?.largestMessageBytes).toBeLessThan(1024);
});

test("a byte more than 10 MiB is refused before anything is sent", async () => {
  const json = { kind: "avatar", type, size: mostBytes + 1 };
  const { status, body } = await session.call("/uploads", { method: "POST", json });
  const { errors } = JSON.parse(body.toString()) as { errors: readonly { path: string }[] };
  expect([status, errors.map(({ path }) => path)]).toEqual([422, ["size"]]);
});

/** As SQS counts them: the body, and of each attribute its name, its type and its value. */
function bytesOf({ body, attributes }: DeadLetter): number {
  const parts = Object.entries(attributes).flatMap(([name, value]) => [name, "String", value]);
  return [body, ...parts].reduce((sum, part) => sum + Buffer.byteLength(part), 0);
}
