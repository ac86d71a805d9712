import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { systemEntropy } from "../../shared/clock/entropy.ts";
import { createFileSecretStore } from "../../shared/webhook/file-secret-store.ts";
import { cachedSecret, type MasterSecretStore } from "../../shared/webhook/master-secret.ts";
import { createSsmSecretStore } from "../../shared/webhook/ssm-secret-store.ts";
import { start } from "../support/builders.ts";
import { createManualClock, type ManualClock } from "../support/clock-manual.ts";
import { startParameterStore } from "../support/parameter-store.ts";

const day = 86_400_000;
const name = "/errand/errand/webhook-secret";

interface Place {
  /** A store of another process. */
  create(clock: ManualClock): MasterSecretStore;
  /** Writes something else there. */
  spoil(text: string): Promise<void>;
  stop(): Promise<void>;
}

async function startFiles(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "errand-secret-"));
  const path = join(folder, "webhook-secret.json");
  return {
    create: (clock) => createFileSecretStore({ path, clock, entropy: systemEntropy }),
    spoil: (text) => writeFile(path, text),
    stop: () => rm(folder, { recursive: true }),
  };
}

async function startSsm(): Promise<Place> {
  const { client, parameters, stop } = await startParameterStore();
  return {
    create: (clock) =>
      createSsmSecretStore({ client: async () => client, name, clock, entropy: systemEntropy }),
    async spoil(text) {
      parameters.set(name, { Value: text, Type: "SecureString" });
    },
    stop,
  };
}

describe.each([
  ["a file", startFiles],
  ["the Parameter Store", startSsm],
] as const)("a master secret in %s", (_, startPlace) => {
  let place: Place;
  let clock: ManualClock;

  beforeEach(async () => {
    place = await startPlace();
    clock = createManualClock(start);
  });
  afterEach(() => place.stop());

  test("is made when it is first read, of 32 random bytes, and stays", async () => {
    const { current, ...rest } = await place.create(clock).read();
    expect(Buffer.from(current, "base64")).toHaveLength(32);
    expect(rest).toEqual({});
    expect(await place.create(clock).read()).toEqual({ current });
  });

  test("is the same for all who read it first at the same moment", async () => {
    const secrets = await Promise.all(Array.from({ length: 10 }, () => place.create(clock).read()));
    expect(new Set(secrets.map(({ current }) => current)).size).toBe(1);
  });

  test("is rotated for everybody, and the one before is kept, but none before that", async () => {
    const { current: first } = await place.create(clock).read();
    const second = await place.create(clock).rotate();
    expect(second).toEqual({ current: expect.any(String), previous: first, rotatedAt: start });
    expect(second.current).not.toBe(first);
    expect(await place.create(clock).read()).toEqual(second);
    await clock.pass(day);
    const third = await place.create(clock).rotate();
    expect(third).toMatchObject({ previous: second.current, rotatedAt: start + day });
    expect(JSON.stringify(third)).not.toContain(first);
  });

  test("isn't rotated again before the day is over that the one before was promised, unless that is forced", async () => {
    const store = place.create(clock);
    const second = await store.rotate();
    await clock.pass(day - 1);
    await expect(store.rotate()).rejects.toThrow(
      /^webhook secret: a day between two rotations, .*\(until 2026-01-02T00:00:00.000Z; --force ends it at once\), got/,
    );
    expect(await store.read()).toEqual(second);
    expect(await store.rotate({ force: true })).toMatchObject({ previous: second.current });
  });

  test("of two rotations at the same moment one says so, and what counts is the other's, or known", async () => {
    await place.create(clock).read();
    const both = await Promise.allSettled([place.create(clock).rotate(), place.create(clock).rotate()]);
    const errors = both.flatMap((each) => (each.status === "rejected" ? [String(each.reason)] : []));
    expect(errors).toEqual([expect.stringMatching(/one rotation at a time|a day between two rotations/)]);
  });

  test.each([[""], ["{}"], ['{"current":"c2hvcnQ="}'], ["not JSON s3cr3t"]])(
    "that is broken is refused, and its text isn't repeated: %s",
    async (text) => {
      await place.spoil(text);
      const error = await place
        .create(clock)
        .read()
        .catch((thrown: unknown) => thrown);
      expect(String(error)).toMatch(/^Error: webhook secret: JSON with current, 32 bytes in base64$/);
    },
  );
});

test("a file with the secret is nobody's but its owner's", async () => {
  const folder = await mkdtemp(join(tmpdir(), "errand-secret-"));
  const path = join(folder, "webhook-secret.json");
  const store = createFileSecretStore({ path, clock: createManualClock(start), entropy: systemEntropy });
  await store.read();
  expect((await stat(path)).mode & 0o077).toBe(0);
  await store.rotate();
  expect((await stat(path)).mode & 0o077).toBe(0);
  await rm(folder, { recursive: true });
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
  const secret = cachedSecret({ read }, { clock });
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
  await expect(cachedSecret({ read }, { clock })()).rejects.toThrow("ThrottlingException");
});
