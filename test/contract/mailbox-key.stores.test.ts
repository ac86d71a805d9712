import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createHandler } from "../../functions/send-welcome-email/handler.ts";
import { createMailboxKey } from "../../functions/send-welcome-email/mailbox-key.ts";
import { OutageError } from "../../shared/catalog/job-errors.ts";
import type { SecretStore } from "../../shared/secret/secret-store.ts";
import { type SecretHome, secretStoreAdapters } from "../support/secret-stores.ts";

/** The first job of a process over this store, and what it sent and counted. */
async function sendFrom(store: Pick<SecretStore, "read">) {
  const done: string[] = [];
  const handler = createHandler({
    from: "Errand <hello@errand.example>",
    mailer: {
      async send({ messageId }) {
        done.push("sent");
        return { messageId };
      },
      close: () => {},
    },
    dailyLimit: {
      async take(mailbox) {
        done.push(mailbox);
        return true;
      },
    },
    mailboxKey: createMailboxKey(store),
  });
  const id = "0123456789abcdefghjkmnpqrs";
  const ended = await handler(
    { email: "zoe@example.com", name: "Zoë", plan: "free" },
    {
      ...{ id: `${id}.send-welcome-email`, key: "send-welcome-email", run: 0, attempt: 1 },
      flow: { id, name: "sign-up", createdAt: new Date() },
      signal: new AbortController().signal,
    },
  ).catch((error: unknown) => error);
  return { ended, done };
}

describe.each(secretStoreAdapters)("the mailboxes' key in %s", (_, startHome) => {
  let home: SecretHome;
  beforeEach(async () => {
    home = await startHome();
  });
  afterEach(() => home.stop());

  test("is made by the first mail, of 256 bits, and all that come later count by it", async () => {
    const first = await sendFrom(home.open());
    expect(first.done).toEqual([expect.stringMatching(/^[\w-]{22}$/), "sent"]);
    expect((await sendFrom(home.open())).done).toEqual(first.done);
    const key = await home.open().read(() => "none was made");
    expect(Buffer.from(key, "base64url")).toHaveLength(32);
  });

  test("is read once for a process, however many mails ask at once", async () => {
    const store = home.open();
    let reads = 0;
    const key = createMailboxKey({
      read(create) {
        reads++;
        return store.read(create);
      },
    });
    const [first, ...others] = await Promise.all([key(), key(), key()]);
    expect(new Set([...others, await key()])).toEqual(new Set([first]));
    expect(reads).toBe(1);
  });

  test.each([[""], ["c2hvcnQ"]])(
    "that is no key, %j, is an outage of the mail, which is neither counted nor sent",
    async (text) => {
      await home.spoil(text);
      const { ended, done } = await sendFrom(home.open());
      expect(ended).toBeInstanceOf(OutageError);
      expect(ended).toMatchObject({
        dependency: "mail",
        message: "The key of the mailboxes' hashes can't be read (RangeError)",
      });
      expect(done).toEqual([]);
    },
  );
});

test("a key that can't be read just now is an outage of the mail, and asked for again by the next one", async () => {
  let isDown = true;
  const key = createMailboxKey({
    async read(create) {
      if (isDown) throw Object.assign(new Error("not to be told"), { name: "ThrottlingException" });
      return create();
    },
  });
  await expect(key()).rejects.toMatchObject({
    dependency: "mail",
    message: "The key of the mailboxes' hashes can't be read (ThrottlingException)",
  });
  isDown = false;
  expect(Buffer.from(await key(), "base64url")).toHaveLength(32);
});
