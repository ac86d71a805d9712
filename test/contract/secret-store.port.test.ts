import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { systemEntropy } from "../../shared/clock/entropy.ts";
import { createFileSecretStore } from "../../shared/secret/file-secret-store.ts";
import { createSsmSecretStore } from "../../shared/secret/ssm-secret-store.ts";
import { startParameterStore } from "../support/parameter-store.ts";
import { type SecretHome, secretStoreAdapters } from "../support/secret-stores.ts";

const neverAsked = () => {
  throw new Error("a secret that is there already, got asked for a new one");
};

describe.each(secretStoreAdapters)("a secret in %s", (_, startHome) => {
  let home: SecretHome;
  beforeEach(async () => {
    home = await startHome();
  });
  afterEach(() => home.stop());

  test("is made when it is first read, and stays as it is", async () => {
    expect(await home.open().read(() => "first")).toBe("first");
    expect(await home.open().read(neverAsked)).toBe("first");
  });

  test("is the same for all who make it at the same moment", async () => {
    const makers = Array.from({ length: 10 }, (_, maker) => home.open().read(() => `of ${maker}`));
    const [first, ...others] = await Promise.all(makers);
    expect(new Set(others)).toEqual(new Set([first]));
    expect(await home.open().read(neverAsked)).toBe(first);
  });

  test("is rotated into one that is made of it, for everybody", async () => {
    await home.open().read(() => "first");
    expect(await home.open().rotate((text) => `${text}, second`)).toBe("first, second");
    expect(await home.open().read(neverAsked)).toBe("first, second");
  });

  test("isn't rotated where there is none, or where the next one can't be made", async () => {
    await expect(home.open().rotate((text) => text)).rejects.toThrow();
    await home.open().read(() => "first");
    const refusal = new Error("not today");
    const refused = home.open().rotate(() => {
      throw refusal;
    });
    await expect(refused).rejects.toBe(refusal);
    expect(await home.open().rotate((text) => `${text}, second`)).toBe("first, second");
  });

  test("of two rotations at the same moment both count, or one of them says so", async () => {
    await home.open().read(() => "first");
    const both = [1, 2].map((each) => home.open().rotate((text) => `${text}, ${each}`));
    const errors = (await Promise.allSettled(both)).flatMap((each) =>
      each.status === "rejected" ? [String(each.reason)] : [],
    );
    const kept = await home.open().read(neverAsked);
    expect(kept).toMatch(errors.length === 0 ? /^first, \d, \d$/ : /^first, \d$/);
    expect(errors.length).toBeLessThan(2);
    for (const error of errors) expect(error).toMatch(/: one rotation at a time.*, got /);
  });
});

test("a file with a secret is nobody's but its owner's", async () => {
  const folder = await mkdtemp(join(tmpdir(), "errand-secret-"));
  const path = join(folder, "secret");
  const store = createFileSecretStore({ path, entropy: systemEntropy });
  await store.read(() => "first");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await store.rotate(() => "second");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await rm(folder, { recursive: true });
});

test("a parameter with a secret is a SecureString", async () => {
  const name = "/errand/errand/secret";
  const { client, parameters, stop } = await startParameterStore();
  await createSsmSecretStore({ client: async () => client, name }).read(() => "first");
  expect(parameters.get(name)).toMatchObject({ Type: "SecureString", Value: "first" });
  await stop();
});
