import { expect, test } from "@jest/globals";
import { limitMailer } from "../../functions/send-welcome-email/limited-mailer.ts";
import type { Mailer, MailMessage } from "../../functions/send-welcome-email/mailer.ts";
import { NotDoneError, RetryAfterError } from "../../shared/catalog/job-errors.ts";

const message: MailMessage = {
  from: { name: "Errand", address: "hello@errand.example" },
  to: { name: "Zoë", address: "zoe@example.org" },
  subject: "Welcome",
  text: "",
  html: "",
  messageId: "<a.b@errand.example>",
  headers: {},
};

function createMailer() {
  const sent: boolean[] = [];
  let closed = false;
  const mailer: Mailer = {
    async send(_message, { signal }) {
      sent.push(signal.aborted);
      return { messageId: "id" };
    },
    close() {
      closed = true;
    },
  };
  return { mailer, sent, isClosed: () => closed };
}

const signal = new AbortController().signal;

test("a mail waits for its turn, and is sent then", async () => {
  const { mailer, sent } = createMailer();
  let given: (milliseconds: number) => void = () => {};
  const turn = new Promise<number>((resolve) => {
    given = resolve;
  });
  const sending = limitMailer(mailer, { turn: () => turn }).send(message, { signal });
  expect(sent).toEqual([]);
  const asked = performance.now();
  given(30);
  await expect(sending).resolves.toEqual({ messageId: "id" });
  expect(performance.now() - asked).toBeGreaterThanOrEqual(29);
  expect(sent).toEqual([false]);
});

test("without a turn nothing is sent, and the job comes back without an attempt spent", async () => {
  const { mailer, sent } = createMailer();
  const refusal = new RetryAfterError("No turn at mail within 3 s", 7);
  const limited = limitMailer(mailer, { turn: () => Promise.reject(refusal) });
  await expect(limited.send(message, { signal })).rejects.toBe(refusal);
  expect(sent).toEqual([]);
});

test("trouble of the ledger is no unknown outcome: nothing was sent", async () => {
  const { mailer, sent } = createMailer();
  const limited = limitMailer(mailer, {
    turn: () => Promise.reject(new Error("no such table: zoe@example.org")),
  });
  const error = await limited.send(message, { signal }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(NotDoneError);
  expect(String(error)).not.toContain("@");
  expect(sent).toEqual([]);
});

test("a deadline ends the wait, and the mailer learns of it", async () => {
  const { mailer, sent } = createMailer();
  const abort = new AbortController();
  const sending = limitMailer(mailer, { turn: async () => 60_000 }).send(message, { signal: abort.signal });
  abort.abort();
  await sending;
  expect(sent).toEqual([true]);
});

test("closing it closes the mailer", () => {
  const { mailer, isClosed } = createMailer();
  limitMailer(mailer, { turn: async () => 0 }).close();
  expect(isClosed()).toBe(true);
});
