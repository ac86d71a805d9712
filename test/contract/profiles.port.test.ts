import { type AttributeValue, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createDynamodbProfiles } from "../../functions/create-profile/dynamodb-profiles.ts";
import type { Profile, Profiles } from "../../functions/create-profile/profiles.ts";
import { type DynamodbServer, startDynamodbServer } from "../support/dynamodb-server.ts";

const tableName = "profiles";
let server: DynamodbServer;
let profiles: ReturnType<typeof profilesOf>;
beforeAll(async () => {
  server = await startDynamodbServer();
  await server.createTable(tableName);
  profiles = profilesOf(tableName);
});
afterAll(() => server.stop());

/** The profiles of a table, for a job that has all the time that it wants. */
function profilesOf(table: string) {
  const call = { signal: new AbortController().signal };
  const port: Profiles = createDynamodbProfiles({ client: server.dynamodb, tableName: table });
  return {
    add: (added: Profile) => port.add(added, call),
    creatorOf: (email: string) => port.creatorOf(email, call),
  };
}

function profile(email: string, changes: Partial<Profile> = {}): Profile {
  return {
    email,
    name: "Zoë Ångström",
    plan: "pro",
    createdAt: new Date("2026-11-02T12:00:00.123Z"),
    createdBy: "flow-1.create-profile",
    ...changes,
  };
}

/** The item as the table has it. */
async function stored(email: string): Promise<Record<string, AttributeValue> | undefined> {
  const { Item } = await server.dynamodb.send(
    new GetItemCommand({ TableName: tableName, Key: { id: { S: email } }, ConsistentRead: true }),
  );
  return Item;
}

test("an address without a profile has no creator", async () => {
  expect(await profiles.creatorOf("nobody@example.com")).toBeUndefined();
});

test("a profile is added where its address has none, with what is known and no more", async () => {
  expect(await profiles.add(profile("short@example.com"))).toBe(true);
  expect(await stored("short@example.com")).toEqual({
    id: { S: "short@example.com" },
    name: { S: "Zoë Ångström" },
    plan: { S: "pro" },
    createdAt: { S: "2026-11-02T12:00:00.123Z" },
    createdBy: { S: "flow-1.create-profile" },
  });
  expect(await profiles.creatorOf("short@example.com")).toBe("flow-1.create-profile");
});

test.each<[string, Partial<Profile>, Record<string, AttributeValue>]>([
  ["a locale", { locale: "pt-BR" }, { locale: { S: "pt-BR" } }],
  ["a bio", { bio: { text: "Ahoy\n" } }, { bio: { S: "Ahoy\n" } }],
  ["an empty bio", { bio: { text: "" } }, { bio: { S: "" } }],
  ["a bio in a file", { bio: { file: "profiles/0/bio.txt" } }, { bioFile: { S: "profiles/0/bio.txt" } }],
])("%s is kept with the profile", async (name, changes, attributes) => {
  const bare = `bare ${name}@example.com`;
  const email = `${name}@example.com`;
  await profiles.add(profile(bare));
  await profiles.add(profile(email, changes));
  expect(await stored(email)).toEqual({ ...(await stored(bare)), id: { S: email }, ...attributes });
});

test("the same job again adds its profile again, which is as it was", async () => {
  const email = "again@example.com";
  const added = profile(email, { locale: "de", bio: { text: "first" } });
  await profiles.add(added);
  const before = await stored(email);
  expect(await profiles.add(added)).toBe(true);
  expect(await stored(email)).toEqual(before);
});

test("another job's profile of the address is not added, and overwrites nothing", async () => {
  const email = "taken@example.com";
  await profiles.add(profile(email, { bio: { text: "first" } }));
  const before = await stored(email);
  const second = profile(email, {
    ...{ name: "Mallory", plan: "free", locale: "en", createdBy: "flow-2.create-profile" },
    ...{ createdAt: new Date("2026-11-03T00:00:00Z"), bio: { file: "profiles/1/bio.txt" } },
  });
  expect(await profiles.add(second)).toBe(false);
  expect(await stored(email)).toEqual(before);
  expect(await profiles.creatorOf(email)).toBe("flow-1.create-profile");
});

test("of two jobs that race for an address one wins, and the profile is the winner's", async () => {
  for (let round = 0; round < 20; round++) {
    const email = `race-${round}@example.com`;
    const rivals = ["flow-1.create-profile", "flow-2.create-profile"];
    const added = await Promise.all(
      rivals.map((createdBy) => profiles.add(profile(email, { createdBy, name: createdBy }))),
    );
    const winners = rivals.filter((_, index) => added[index]);
    expect(winners).toHaveLength(1);
    expect(await stored(email)).toMatchObject({ createdBy: { S: winners[0] }, name: { S: winners[0] } });
  }
});

test("one job that runs twice at once adds its profile in both runs", async () => {
  const added = profile("both@example.com");
  expect(await Promise.all([profiles.add(added), profiles.add(added)])).toEqual([true, true]);
});

test("the creator is read consistently: a stale answer would leave a second sign-up's file behind", async () => {
  const reads: unknown[] = [];
  server.dynamodb.middlewareStack.add(
    (next) => (command) => {
      reads.push(command.input);
      return next(command);
    },
    { step: "initialize", name: "recorder" },
  );
  await profiles.creatorOf("short@example.com");
  server.dynamodb.middlewareStack.remove("recorder");
  expect(reads).toEqual([expect.objectContaining({ ConsistentRead: true })]);
});

test("a table that fails is an error, and no answer", async () => {
  const lost = profilesOf("no-such-table");
  const missing = { name: "ResourceNotFoundException" };
  await expect(lost.add(profile("lost@example.com"))).rejects.toMatchObject(missing);
  await expect(lost.creatorOf("lost@example.com")).rejects.toMatchObject(missing);
});
