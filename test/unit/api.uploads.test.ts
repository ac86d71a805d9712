import { describe, expect, test } from "@jest/globals";
import { isFlowId } from "../../shared/index.ts";
import {
  avatar,
  bearer,
  createApiFixture,
  json,
  refusalOf,
  setJobs,
  signUpCall,
  uploadCall,
  zoe,
} from "../support/api-fixture.ts";

const key = "6a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";
const upload = "06afxg7d5s5qybzc1r1q6m8k2w";
const other = "06afxg7d5s5qybzc1r1q6m8k2x";
const picture = Buffer.from("a picture");

describe("an upload", () => {
  test("is offered with an id of its own and a form for that file alone", async () => {
    const { call } = createApiFixture();
    const [first, second] = [await call(uploadCall(avatar)), await call(uploadCall(avatar))];
    expect([first.status, first.headers["content-type"]]).toEqual([201, "application/json"]);
    const { id, url, fields } = json(first) as { id: string; url: string; fields: object };
    expect(isFlowId(id)).toBe(true);
    expect([url, fields]).toEqual([
      "https://uploads.example/",
      { key: `incoming/${id}`, type: "image/png", size: "1234" },
    ]);
    expect((json(second) as { id: string }).id).not.toBe(id);
  });

  test.each([
    [{ ...avatar, size: 10_485_761 }, "size: at most 10485760 bytes, got 10485761"],
    [{ ...avatar, size: 0 }, "size: at least 1 byte, got 0"],
    [{ ...avatar, size: 0.5 }, "size: a whole number of bytes, got 0.5"],
    [{ ...avatar, size: "many" }, 'size: a number of bytes, got "many"'],
    [
      { ...avatar, type: "image/svg+xml" },
      'type: image/jpeg or image/png or image/webp or image/avif or image/gif, got "image/svg+xml"',
    ],
    [{ ...avatar, kind: "invoice" }, 'kind: "avatar", got "invoice"'],
    [{ kind: "avatar", type: "image/png" }, "size: a field that must be there, got nothing"],
    [{ ...avatar, name: "../me.png" }, 'name: no such field (there are kind, type, size), got "../me.png"'],
  ])("of %j is refused", async (body, message) => {
    const { response, problem } = await refusalOf(uploadCall(body));
    expect(response.status).toBe(422);
    expect(problem.errors?.map(({ path, rule, got }) => `${path}: ${rule}, got ${got}`)).toEqual([message]);
  });

  test("can't be offered while forms can't be signed: 503, to come again", async () => {
    const { call, outOfReach, failures } = createApiFixture();
    outOfReach.uploads = true;
    const response = await call(uploadCall(avatar));
    expect([response.status, response.headers["retry-after"]]).toEqual([503, "5"]);
    expect(failures).toHaveLength(1);
    expect(JSON.stringify(failures)).not.toContain("zoe");
  });
});

describe("a sign-up with an avatar", () => {
  test("has a job for it, whose message has the upload's id alone", async () => {
    const { signUp, uploads, sent } = createApiFixture();
    await uploads.send(upload, picture);
    const { response, flow } = await signUp({ ...zoe, avatar: upload });
    expect(response.status).toBe(202);
    expect(flow.jobs.map(({ job }) => job)).toEqual([
      ...["send-welcome-email", "create-profile", "render-receipt", "resize-avatar"],
    ]);
    expect(uploads.keys()).toContain(`claimed/${upload}`);
    const { jobs } = JSON.parse(sent[0]?.body ?? "");
    expect(jobs["resize-avatar"]).toEqual({ input: { upload }, job: "resize-avatar" });
  });

  test("has none without: the plan starts no such job", async () => {
    const { signUp, uploads } = createApiFixture();
    const { flow } = await signUp();
    expect(flow.jobs.map(({ job }) => job)).not.toContain("resize-avatar");
    expect(uploads.keys()).toEqual([]);
  });

  test("is refused at its field where nothing was sent, and nothing is left behind", async () => {
    // That no flow has the key is read first.
    const { response, problem } = await refusalOf(signUpCall({ ...zoe, avatar: upload }), { reads: 1 });
    expect([response.status, problem.type]).toEqual([422, "/problems/invalid-input"]);
    expect(problem.errors).toEqual([
      { path: "avatar", rule: "an upload that was sent, within the last day", got: `"${upload}"` },
    ]);
  });

  test.each([
    ["me.png"],
    [`../${upload}`],
    [upload.toUpperCase()],
    [`${upload}0`],
    [""],
    [42],
    [null],
    [[upload]],
  ])("is refused at its field where that is %j", async (avatar) => {
    const { response, problem } = await refusalOf(signUpCall({ ...zoe, avatar }));
    expect(response.status).toBe(422);
    expect(problem.errors?.map(({ path, rule }) => `${path}: ${rule}`)).toEqual(["avatar: an upload's id"]);
  });

  test.each([
    ["email", { email: "zoe" }],
    ["notify.webhook", { notify: { webhook: "https://127.0.0.1/errand" } }],
    ["notify.webhook", { notify: { webhook: "http://example.com/errand" } }],
    ["notify", { notify: "https://example.com/errand" }],
  ])("that breaks another rule, at %s, claims nothing", async (path, broken) => {
    const { call, uploads } = createApiFixture();
    await uploads.send(upload, picture);
    const response = await call(signUpCall({ ...zoe, ...broken, avatar: upload }));
    expect(response.status).toBe(422);
    expect((json(response) as { errors: unknown }).errors).toMatchObject([{ path }]);
    expect(uploads.keys()).toEqual([`incoming/${upload}`]);
  });

  test("finds the same claim when it is repeated, also when the upload itself is long gone", async () => {
    const { signUp, uploads, counts } = createApiFixture();
    await uploads.send(upload, picture);
    const first = await signUp({ ...zoe, avatar: upload }, { "idempotency-key": key });
    await uploads.expire(upload);
    const again = await signUp({ ...zoe, avatar: upload }, { "idempotency-key": `"${key}"` });
    expect([again.response.status, again.flow.id]).toEqual([202, first.flow.id]);
    expect(uploads.keys()).toEqual([`claimed/${upload}`]);
    expect(counts.recorded).toBe(1);
  });

  test("conflicts where the key was used for another avatar, or for none", async () => {
    const { call, signUp, uploads } = createApiFixture();
    await uploads.send(upload, picture);
    await uploads.send(other, picture);
    await signUp({ ...zoe, avatar: upload }, { "idempotency-key": key });
    for (const body of [{ ...zoe, avatar: other }, zoe]) {
      const response = await call(signUpCall(body, { "idempotency-key": key }));
      expect(json(response)).toMatchObject({ status: 422, type: "/problems/idempotency-conflict" });
    }
    expect(uploads.keys().sort()).toEqual([`claimed/${upload}`, `incoming/${upload}`, `incoming/${other}`]);
  });

  test("is answered 503 with a key to repeat with while uploads are out of reach, and then goes well", async () => {
    const { call, signUp, uploads, outOfReach, counts, failures } = createApiFixture();
    await uploads.send(upload, picture);
    outOfReach.uploads = true;
    const response = await call(signUpCall({ ...zoe, avatar: upload }));
    expect([response.status, response.headers["retry-after"], counts.recorded]).toEqual([503, "5", 0]);
    const { idempotencyKey } = json(response) as { idempotencyKey: string };
    expect(response.headers["idempotency-key"]).toBe(idempotencyKey);
    outOfReach.uploads = false;
    const { flow } = await signUp({ ...zoe, avatar: upload }, { "idempotency-key": idempotencyKey });
    expect(failures).toMatchObject([{ flow: flow.id, status: "503" }]);
  });

  test("is refused at its field where another sign-up has used the upload: of one there is one copy", async () => {
    const { call, signUp, uploads, counts } = createApiFixture();
    await uploads.send(upload, picture);
    await signUp({ ...zoe, avatar: upload });
    for (const headers of [{}, { "idempotency-key": key }]) {
      const response = await call(signUpCall({ ...zoe, avatar: upload }, headers));
      expect(response.status).toBe(422);
      expect((json(response) as { errors: unknown }).errors).toEqual([
        { path: "avatar", rule: "an upload that no other sign-up has used", got: `"${upload}"` },
      ]);
    }
    expect(uploads.keys().sort()).toEqual([`claimed/${upload}`, `incoming/${upload}`]);
    expect(counts.recorded).toBe(1);
  });

  test("finds its own claim where the first request died before its flow was recorded", async () => {
    const { call, signUp, uploads, outOfReach, counts } = createApiFixture();
    await uploads.send(upload, picture);
    outOfReach.queue = true;
    const headers = { "idempotency-key": key };
    expect((await call(signUpCall({ ...zoe, avatar: upload }, headers))).status).toBe(503);
    outOfReach.queue = false;
    const { response } = await signUp({ ...zoe, avatar: upload }, headers);
    expect([response.status, counts.recorded]).toEqual([202, 1]);
    expect(uploads.keys().sort()).toEqual([`claimed/${upload}`, `incoming/${upload}`]);
  });

  test("gives its pictures by the status and the file route, and never the upload", async () => {
    const { call, signUp, uploads, ...fixture } = createApiFixture();
    await uploads.send(upload, picture);
    const { flow, token } = await signUp({ ...zoe, avatar: upload });
    const result = JSON.stringify({ webp64: "avatar-64.webp", secret: "claimed" });
    await setJobs(fixture, flow.id, { "resize-avatar": { status: "succeeded", result } });
    const status = await call({ path: `/flows/${flow.id}`, headers: bearer(token) });
    expect((json(status) as typeof flow).jobs.at(-1)).toMatchObject({ result: { webp64: "avatar-64.webp" } });
    expect(String(status.body)).not.toContain("claimed");
    const file = (name: string) =>
      call({ path: `/flows/${flow.id}/files/resize-avatar/${name}`, headers: bearer(token) });
    expect((await file("avatar-64.webp")).headers["location"]).toContain(
      `${flow.id}/resize-avatar/0/avatar-64.webp`,
    );
    for (const name of ["claimed", upload, "..%2f..%2fclaimed"]) expect((await file(name)).status).toBe(404);
  });
});
