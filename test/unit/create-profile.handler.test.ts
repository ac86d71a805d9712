import { describe, expect, test } from "@jest/globals";
import { createHandler, type ProfileInput } from "../../functions/create-profile/handler.ts";
import type { Profile, Profiles } from "../../functions/create-profile/profiles.ts";
import type { FileStore } from "../../shared/index.ts";

const person: ProfileInput = { email: "Zoe@Example.COM", name: "Zoë Ångström", plan: "pro" };
const address = "zoe@example.com";
const first = "flow-1.create-profile";
const second = "flow-2.create-profile";
const createdAt = new Date("2026-11-02T12:00:00Z");
const inlineBio = "é".repeat(4 * 1024);
const largeBio = `${inlineBio}x`;
/** The first 32 hex digits of the address's SHA-256. */
const addressHash = "3e693cf7e5b67880bff33b2d2626dadb";

/** Profiles and files in memory that note each call; `before` runs at the beginning of each. */
function recorder(before: (call: string) => void = () => {}) {
  const calls: string[] = [];
  const stored = new Map<string, Profile>();
  const stores = new Map<string, { readonly text: string; readonly contentType: string }>();
  const note = (call: string) => {
    before(call);
    calls.push(call);
  };
  const profiles: Profiles = {
    async creatorOf(email) {
      note(`creator ${email}`);
      return stored.get(email)?.createdBy;
    },
    async add(profile) {
      note(`add ${profile.email}`);
      const { createdBy = profile.createdBy } = stored.get(profile.email) ?? {};
      if (createdBy !== profile.createdBy) return false;
      stored.set(profile.email, profile);
      return true;
    },
  };
  const files: FileStore = {
    async put(key, bytes, { contentType }) {
      note(`put ${key}`);
      stores.set(key, { text: Buffer.from(bytes).toString(), contentType });
    },
    url: () => Promise.reject(new Error("not asked for")),
  };
  const handler = createHandler({ profiles, files });
  const run = (input: ProfileInput, id = first, signal = new AbortController().signal, probing = false) =>
    handler(input, {
      ...{ id, key: "create-profile", run: 0, attempt: 1, signal, probing },
      flow: { id: id.split(".")[0] ?? "", name: "sign-up", createdAt },
    });
  return { run, calls, profiles: stored, files: stores };
}

function fileKey(job: string): string {
  return `profiles/${addressHash}/${job}/bio.txt`;
}

test("the profile is of the address in its one spelling, as of the flow's time, by the job's id", async () => {
  const { run, profiles } = recorder();
  expect(await run(person)).toEqual({ created: true });
  expect([...profiles]).toEqual([[address, { ...person, email: address, createdAt, createdBy: first }]]);
  expect(Object.keys(profiles.get(address) ?? {})).not.toContain("locale");
});

test("a locale is kept", async () => {
  const { run, profiles } = recorder();
  await run({ ...person, locale: "pt-BR" });
  expect(profiles.get(address)?.locale).toBe("pt-BR");
});

describe.each([
  ["no bio", undefined],
  ["a short bio", "Ahoy"],
  ["a large bio", largeBio],
])("with %s", (_, bio) => {
  test("the same job again has created the profile again, and all is as it was", async () => {
    const { run, profiles, files } = recorder();
    await run({ ...person, bio });
    const before = [[...profiles], [...files]];
    expect(await run({ ...person, bio })).toEqual({ created: true });
    expect([[...profiles], [...files]]).toEqual(before);
  });

  test("a second sign-up with the address has created none, overwrites nothing and leaves no file", async () => {
    const { run, profiles, files } = recorder();
    await run({ ...person, bio });
    const before = [[...profiles], [...files]];
    const other = { email: "zoe@EXAMPLE.com", name: "Mallory", plan: "free", locale: "en" };
    expect(await run({ ...other, bio: bio && `${bio}!` }, second)).toEqual({ created: false });
    expect([[...profiles], [...files]]).toEqual(before);
  });
});

test("a bio of 8 KiB is in the profile, and nothing is asked before", async () => {
  const { run, profiles, files, calls } = recorder();
  expect(Buffer.byteLength(inlineBio)).toBe(8192);
  await run({ ...person, bio: inlineBio });
  expect(profiles.get(address)?.bio).toEqual({ text: inlineBio });
  expect(files.size).toBe(0);
  expect(calls).toEqual([`add ${address}`]);
});

test("an empty bio is one", async () => {
  const { run, profiles } = recorder();
  await run({ ...person, bio: "" });
  expect(profiles.get(address)?.bio).toEqual({ text: "" });
});

test("a bio of one byte more is a file under the address and the job, there before what refers to it", async () => {
  const { run, profiles, files, calls } = recorder();
  expect(await run({ ...person, bio: largeBio })).toEqual({ created: true });
  const key = fileKey(first);
  expect(calls).toEqual([`creator ${address}`, `put ${key}`, `add ${address}`]);
  expect([...files]).toEqual([[key, { text: largeBio, contentType: "text/plain; charset=utf-8" }]]);
  expect(profiles.get(address)?.bio).toEqual({ file: key });
});

test("of two large bios that race for an address, the loser's file is none of the winner's", async () => {
  const { run, profiles, files } = recorder();
  const results = await Promise.all([
    run({ ...person, bio: largeBio }, first),
    run({ ...person, bio: `${largeBio}!` }, second),
  ]);
  expect(results).toEqual([{ created: true }, { created: false }]);
  expect(profiles.get(address)).toMatchObject({ createdBy: first, bio: { file: fileKey(first) } });
  expect(files.get(fileKey(first))?.text).toBe(largeBio);
});

test("a job whose deadline passes while it asks puts neither a file nor a profile", async () => {
  const deadline = new AbortController();
  const { run, calls } = recorder((call) => {
    if (call.startsWith("creator")) deadline.abort(new Error("deadline"));
  });
  await expect(run({ ...person, bio: largeBio }, first, deadline.signal)).rejects.toThrow("deadline");
  expect(calls).toEqual([`creator ${address}`]);
});

test.each(["creator", "put", "add"])(
  "a failure of %s is the job's, and nothing comes after it",
  async (step) => {
    const { run, profiles, calls } = recorder((call) => {
      if (call.startsWith(step)) throw new Error("out of reach");
    });
    await expect(run({ ...person, bio: largeBio })).rejects.toThrow("out of reach");
    expect(profiles.size).toBe(0);
    expect(calls).toHaveLength(["creator", "put", "add"].indexOf(step));
  },
);

describe("a probe of an outage", () => {
  const probe = (run: ReturnType<typeof recorder>["run"], bio: string | undefined, id: string) =>
    run({ ...person, bio }, id, new AbortController().signal, true);

  test.each([
    ["without a file", undefined],
    ["whose address is known", largeBio],
  ])("%s doesn't get through where the files are down", async (_, bio) => {
    let down = false;
    const { run } = recorder((call) => {
      if (down && call.startsWith("put")) throw new Error("out of reach");
    });
    await run({ ...person, bio });
    down = true;
    await expect(probe(run, bio, second)).rejects.toThrow("out of reach");
  });

  test("leaves one file, however many there were", async () => {
    const { run, files } = recorder();
    for (let flow = 1; flow <= 3; flow++) await probe(run, undefined, `flow-${flow}.create-profile`);
    expect([...files.keys()]).toEqual(["profiles/sign-of-life.txt"]);
  });
});
