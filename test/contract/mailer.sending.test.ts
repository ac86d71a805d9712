import { once } from "node:events";
import { afterEach, describe, expect, test } from "@jest/globals";
import { simpleParser } from "mailparser";
import { askForLife } from "../../functions/send-welcome-email/sign-of-life.ts";
import { OutageError, UnknownOutcomeError } from "../../shared/catalog/job-errors.ts";
import { type Behaviour, startSmtpService } from "../support/mail-services.ts";
import { failureOf, message, sesMailers, setUp, smtpMailer, tearDown } from "../support/sending.ts";

afterEach(tearDown);

const NOT_DONE = { name: "NotDoneError" };

describe.each([{ mailer: "smtp", start: startSmtpService, create: smtpMailer }, ...sesMailers])(
  "the $mailer mailer",
  ({ start, create }) => {
    const setUpAs = (behaviour: Behaviour) => setUp(start, create, behaviour);

    test("hands the mail over whole and answers with an id", async () => {
      const { service, send } = await setUpAs("accept");
      await expect(send()).resolves.toEqual({
        messageId: expect.stringMatching(/^(<a.*@errand\.example>|0100-ses)$/),
      });
      const [mail, ...more] = await Promise.all(service.mails.map((bytes) => simpleParser(bytes)));
      expect(more).toEqual([]);
      expect(mail).toMatchObject({
        subject: message.subject,
        text: message.text,
        messageId: message.messageId,
      });
      expect(mail?.html).toBe(message.html);
      expect(String(service.mails[0])).not.toMatch(/[^\r]\n/);
    });

    test.each(["reject", "defer", "fail", "cut"])("%s: the mail was sent once", async (behaviour) => {
      const { service, send } = await setUpAs(behaviour);
      await failureOf(send());
      expect(service.mails).toHaveLength(1);
    });

    test("an aborted signal stops the wait for the answer, whose outcome is unknown then", async () => {
      const { service, send } = await setUpAs("silent");
      const abort = new AbortController();
      const arrival = service.arrival();
      const sending = failureOf(send(abort.signal));
      await arrival;
      abort.abort();
      expect(await sending).toBeInstanceOf(UnknownOutcomeError);
      expect(service.mails).toHaveLength(1);
    });

    test("a signal aborted before the send sends nothing", async () => {
      const { service, send } = await setUpAs("accept");
      expect(await failureOf(send(AbortSignal.abort(new Error("zoe@example.org"))))).toMatchObject(NOT_DONE);
      expect(service.mails).toHaveLength(0);
    });

    test("ten mails at once all arrive, and close() leaves no connection", async () => {
      const { service, mailer, send } = await setUpAs("accept");
      await Promise.all(Array.from({ length: 10 }, () => send()));
      expect(service.mails).toHaveLength(10);
      const closed = [...service.sockets].map((socket) => once(socket, "close"));
      mailer.close();
      await Promise.all(closed);
    });
  },
);

describe("the smtp mailer", () => {
  test("asks for a sign of life with a mail to the sender, whose failure is the mailer's", async () => {
    const { service, mailer } = await setUp(startSmtpService, smtpMailer, "accept");
    const { signal } = new AbortController();
    const asking = () => askForLife(mailer, { from: message.from, jobId: "a.welcome", signal });
    await asking();
    const mail = await simpleParser(service.mails[0] ?? "");
    expect(mail.to).toMatchObject({ value: [message.from] });
    expect(mail).toMatchObject({
      subject: "Mail leaves again",
      messageId: "<a.welcome.probe@errand.example>",
    });
    await service.stop();
    expect(await failureOf(asking())).toBeInstanceOf(OutageError);
  });

  test.each(["connect", "EHLO silent", "DATA silent"])(
    "an abort at %s is known not to have sent",
    async (behaviour) => {
      const { service, send } = await setUp(startSmtpService, smtpMailer, behaviour);
      const abort = new AbortController();
      const sending = failureOf(send(abort.signal));
      await until(() =>
        [...service.sockets].some(({ bytesRead }) => behaviour === "connect" || bytesRead > 0),
      );
      abort.abort();
      expect(await sending).toMatchObject({
        ...NOT_DONE,
        message: expect.stringContaining("Aborted before"),
      });
    },
  );

  test("a kept connection that the server has dropped is replaced, and each mail is sent once", async () => {
    const { service, send } = await setUp(startSmtpService, smtpMailer, "accept");
    await send();
    for (const socket of service.sockets) socket.destroy();
    await send();
    expect(service.mails).toHaveLength(2);
  });

  test("a kept connection that is cut after the content was sent doesn't have the mail sent again", async () => {
    const { service, send } = await setUp(startSmtpService, smtpMailer, "accept");
    await send();
    service.behaviour = "cut";
    expect(await failureOf(send())).toBeInstanceOf(UnknownOutcomeError);
    service.behaviour = "accept";
    await send();
    expect(service.mails).toHaveLength(3);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
