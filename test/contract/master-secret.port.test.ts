import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { standardProfile } from "../../shared/catalog/queue-settings.ts";
import { systemEntropy } from "../../shared/clock/entropy.ts";
import { cachedSecret, createMasterSecretStore } from "../../shared/webhook/master-secret.ts";
import { start } from "../support/builders.ts";
import { createManualClock, type ManualClock } from "../support/clock-manual.ts";
import { type SecretHome, secretStoreAdapters } from "../support/secret-stores.ts";

const day = 86_400_000;

describe.each(secretStoreAdapters)("a master secret in %s", (_, startHome) => {
  let home: SecretHome;
  let clock: ManualClock;

  beforeEach(async () => {
    home = await startHome();
    clock = createManualClock(start);
  });
  afterEach(() => home.stop());

  /** As another process has it. */
  const openMaster = () => createMasterSecretStore({ store: home.open(), clock, entropy: systemEntropy });

  test("is made when it is first read, of 32 random bytes, and stays", async () => {
    const { current, ...rest } = await openMaster().read();
    expect(Buffer.from(current, "base64")).toHaveLength(32);
    expect(rest).toEqual({});
    expect(await openMaster().read()).toEqual({ current });
  });

  test("is the same for all who read it first at the same moment", async () => {
    const secrets = await Promise.all(Array.from({ length: 10 }, () => openMaster().read()));
    expect(new Set(secrets.map(({ current }) => current)).size).toBe(1);
  });

  test("is rotated for everybody, and the one before is kept, but none before that", async () => {
    const { current: first } = await openMaster().read();
    const second = await openMaster().rotate();
    expect(second).toEqual({ current: expect.any(String), previous: first, rotatedAt: start });
    expect(second.current).not.toBe(first);
    expect(await openMaster().read()).toEqual(second);
    await clock.pass(day);
    const third = await openMaster().rotate();
    expect(third).toMatchObject({ previous: second.current, rotatedAt: start + day });
    expect(JSON.stringify(third)).not.toContain(first);
  });

  test("isn't rotated again before the day is over that the one before was promised, unless that is forced", async () => {
    const store = openMaster();
    const second = await store.rotate();
    await clock.pass(day - 1);
    await expect(store.rotate()).rejects.toThrow(
      /^webhook secret: a day between two rotations, .*\(until 2026-01-02T00:00:00.000Z; --force ends it at once\), got/,
    );
    expect(await store.read()).toEqual(second);
    expect(await store.rotate({ force: true })).toMatchObject({ previous: second.current });
  });

  test("of two rotations at the same moment one says so, and what counts is the other's, or known", async () => {
    await openMaster().read();
    const both = await Promise.allSettled([openMaster().rotate(), openMaster().rotate()]);
    const errors = both.flatMap((each) => (each.status === "rejected" ? [String(each.reason)] : []));
    expect(errors).toEqual([expect.stringMatching(/one rotation at a time|a day between two rotations/)]);
  });

  test.each([[""], ["{}"], ['{"current":"c2hvcnQ="}'], ["not JSON s3cr3t"]])(
    "that is broken is refused, and its text isn't repeated: %s",
    async (text) => {
      await home.spoil(text);
      const error = await openMaster()
        .read()
        .catch((thrown: unknown) => thrown);
      expect(String(error)).toMatch(/^Error: webhook secret: JSON with current, 32 bytes in base64$/);
    },
  );
});

test("a worker reads the secret once a minute, once for all that ask at once, and keeps it while it can't be read", async () => {
  const clock = createManualClock(start);
  let reads = 0;
  let fails = false;
  const read = async () => {
    reads++;
    if (fails) throw new Error("ThrottlingException");
    return { current: `secret ${reads}` };
  };
  const secret = cachedSecret({ read }, { clock, profile: standardProfile });
  const all = await Promise.all([secret(), secret(), secret()]);
  expect(all.map(({ current }) => current)).toEqual(["secret 1", "secret 1", "secret 1"]);
  await clock.pass(59_999);
  expect((await secret()).current).toBe("secret 1");
  await clock.pass(1);
  expect((await secret()).current).toBe("secret 2");
  fails = true;
  await clock.pass(60_000);
  expect((await secret()).current).toBe("secret 2");
  expect(reads).toBe(3);
  await expect(cachedSecret({ read }, { clock, profile: standardProfile })()).rejects.toThrow(
    "ThrottlingException",
  );
});
