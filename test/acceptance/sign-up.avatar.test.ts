import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import sharp from "sharp";
import type { UploadForm } from "../../functions/uploads.ts";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import { pattern, pixel, twoHalves } from "../support/pictures.ts";
import { postUpload } from "../support/post-upload.ts";
import { type Accepted, openSession } from "./session.ts";

const session = openSession();
afterAll(() => session.end());

const type = "image/jpeg";
const post = (form: UploadForm, bytes: Uint8Array) => postUpload(session.call, form, bytes);

/** Sends a file as it was announced. Answers its id. */
async function upload(bytes: Uint8Array): Promise<string> {
  const offered = await session.offerUpload(type, bytes.length);
  expect((await post(offered, bytes)).status).toBe(204);
  return offered.id;
}

/** A picture of the avatar, by way of its flow's token. */
async function download({ flow, token }: Accepted, file: string): Promise<Buffer> {
  const headers = { authorization: `Bearer ${token}` };
  const sent = await session.call(`/flows/${flow.id}/files/resize-avatar/${file}`, { headers });
  expect(sent.status).toBe(303);
  const { status, body } = await session.call(sent.headers.location ?? "");
  expect(status).toBe(200);
  return body;
}

const avatarOf = ({ jobs }: FlowView) => jobs.find(({ job }) => job === "resize-avatar");

describe("a sign-up with an avatar", () => {
  let form: UploadForm & { readonly id: string };
  let photo: Buffer;
  let accepted: Accepted;
  let flow: FlowView;
  beforeAll(async () => {
    // On its side, and with somebody's name in it.
    const exif = { IFD0: { Copyright: "nobody-else" } };
    const turned = twoHalves(600, 400).withMetadata({ orientation: 6, exif });
    photo = await turned.jpeg({ quality: 95 }).toBuffer();
    expect([(await sharp(photo).metadata()).orientation, photo.includes("nobody-else")]).toEqual([6, true]);
    form = await session.offerUpload(type, photo.length);
    expect((await post(form, photo)).status).toBe(204);
    accepted = await session.signUp(session.person({ avatar: form.id }));
    // The form is good for minutes yet.
    await post(form, Buffer.alloc(photo.length, 1));
    flow = await session.finished(accepted);
  });

  test("succeeds, and its status names six pictures", () => {
    expect(flow.status).toBe("succeeded");
    expect(avatarOf(flow)?.result).toEqual({
      ...{ webp512: "avatar-512.webp", avif512: "avatar-512.avif" },
      ...{ webp256: "avatar-256.webp", avif256: "avatar-256.avif" },
      ...{ webp64: "avatar-64.webp", avif64: "avatar-64.avif" },
    });
  });

  test.each([512, 256, 64])("has them upright and without metadata, of %d pixels", async (size) => {
    for (const format of ["webp", "avif"]) {
      const bytes = await download(accepted, `avatar-${size}.${format}`);
      const { width, height, exif } = await sharp(bytes).metadata();
      expect({ width, height, exif }).toEqual({ width: size, height: size });
      expect(bytes.includes("nobody-else")).toBe(false);
      // The left edge, which was red, is the top.
      const [top, bottom] = [await pixel(bytes, size / 2, 2), await pixel(bytes, size / 2, size - 3)];
      expect([(top[0] ?? 0) > 200, (bottom[2] ?? 0) > 200]).toEqual([true, true]);
    }
  });

  test("is no other sign-up's any more: refused at its field", async () => {
    const json = session.person({ avatar: form.id });
    const { status, body } = await session.call("/sign-ups", { method: "POST", json });
    const { errors } = JSON.parse(body.toString()) as { errors: readonly { path: string; rule: string }[] };
    expect([status, errors.map(({ path, rule }) => `${path}: ${rule}`)]).toEqual([
      422,
      ["avatar: an upload that no other sign-up has used"],
    ]);
  });

  test("can't be swapped by a form that is still good: the flow's copy is what was claimed", async () => {
    const [key = "", ...more] = await session.uploads.list(`claimed/${form.id}`);
    expect([key, more]).toEqual([`claimed/${form.id}`, []]);
    expect((await session.uploads.readBytes(key)).equals(photo)).toBe(true);
  });
});

test("a sign-up without an avatar has no job for one", async () => {
  const flow = await session.finished(await session.signUp(session.person()));
  expect(avatarOf(flow)).toBeUndefined();
});

test("a file that isn't a picture is accepted, and its job fails with the reason", async () => {
  const avatar = await upload(Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"));
  const accepted = await session.signUp(session.person({ avatar }));
  const flow = await session.finished(accepted);
  expect(flow.status).toBe("failed");
  expect(avatarOf(flow)).toMatchObject({
    status: "failed",
    error: "the upload is no picture that is read here: JPEG, PNG, WebP, AVIF or GIF",
  });
  // What else was asked for is done.
  expect(flow.jobs.filter(({ status }) => status === "succeeded")).toHaveLength(3);
  expect((await session.deadLetter(accepted, "resize-avatar")).attributes["error"]).toContain("no picture");
});

describe("refused is", () => {
  test("a sign-up with an upload that was never sent, at its field", async () => {
    const { id } = await session.offerUpload(type, 10);
    const json = session.person({ avatar: id });
    const { status, body } = await session.call("/sign-ups", { method: "POST", json });
    const { errors } = JSON.parse(body.toString()) as { errors: readonly { path: string }[] };
    expect([status, errors.map(({ path }) => path)]).toEqual([422, ["avatar"]]);
  });

  test.each([-1, 1])("a file of another size than was announced: %d byte", async (more) => {
    const bytes = await pattern().jpeg().toBuffer();
    const form = await session.offerUpload(type, bytes.length);
    const sent = more < 0 ? bytes.subarray(0, more) : Buffer.concat([bytes, Buffer.alloc(more)]);
    expect((await post(form, sent)).status).toBe(400);
    expect(await session.uploads.list(`incoming/${form.id}`)).toEqual([]);
  });

  test.each([
    ["key", "claimed/nobody/nothing"],
    ["Content-Type", "text/html"],
  ])("a form whose %s was changed", async (field, value) => {
    const form = await session.offerUpload(type, 3);
    const changed = { ...form, fields: { ...form.fields, [field]: value } };
    expect((await post(changed, Buffer.from("abc"))).status).toBe(403);
    expect(await session.uploads.list("claimed/nobody/")).toEqual([]);
    expect(await session.uploads.list(`incoming/${form.id}`)).toEqual([]);
  });
});
