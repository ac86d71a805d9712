import { once } from "node:events";
import { afterEach, describe, expect, test } from "@jest/globals";
import { simpleParser } from "mailparser";
import type { Mailer } from "../../functions/send-welcome-email/mailer.ts";
import { createSesMailer } from "../../functions/send-welcome-email/ses-mailer.ts";
import { createSesV1Mailer } from "../../functions/send-welcome-email/ses-v1-mailer.ts";
import { createSmtpMailer } from "../../functions/send-welcome-email/smtp-mailer.ts";
import { composeWelcomeEmail } from "../../functions/send-welcome-email/welcome-email.ts";
import { PermanentError, RetryAfterError, UnknownOutcomeError } from "../../shared/catalog/job-errors.ts";
import {
  type Behaviour,
  type MailService,
  startSesService,
  startSesV1Service,
  startSmtpService,
} from "../support/mail-services.ts";

const message = composeWelcomeEmail({
  to: "zoe@example.org",
  name: "Zoë Ångström",
  plan: "free",
  jobId: "abcdefghijklmnopqrstuvwxyz.welcome",
  createdAt: new Date("2026-11-22T10:00:00Z"),
  from: { name: "Errand", address: "hello@errand.example" },
});

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function smtpMailer(port: number): Mailer {
  return createSmtpMailer({ url: `smtp://127.0.0.1:${port}` });
}

const sesOptions = (port: number) => ({
  client: {
    region: "us-east-1",
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  },
  configurationSet: "welcome",
});

const sesMailers = [
  {
    mailer: "ses",
    start: startSesService,
    create: (port: number): Mailer => createSesMailer(sesOptions(port)),
  },
  {
    mailer: "ses-v1",
    start: startSesV1Service,
    create: (port: number): Mailer => createSesV1Mailer(sesOptions(port)),
  },
];

async function setUp(
  start: () => Promise<MailService>,
  create: (port: number) => Mailer,
  behaviour: Behaviour,
) {
  const service = await start();
  cleanups.push(service.stop);
  service.behaviour = behaviour;
  const mailer = create(service.port);
  cleanups.push(() => mailer.close());
  return {
    service,
    mailer,
    send: (signal = new AbortController().signal) => mailer.send(message, { signal }),
  };
}

/** What the promise was rejected with; the error's words must not show whom the mail was for. */
async function failureOf(sending: Promise<unknown>): Promise<Error> {
  const error = await sending.then(
    () => expect("the mail").toBe("refused"),
    (failure) => failure,
  );
  expect(JSON.stringify([error.message, { ...error }])).not.toMatch(/@|zoe/i);
  expect(error.cause).toBeUndefined();
  return error;
}

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

    test.each<[Behaviour, string, unknown]>([
      ["reject", "a final refusal is permanent", PermanentError],
      ["defer", "a refusal for now may be tried again", undefined],
      ["fail", "a failing service may be tried again", undefined],
      ["cut", "a cut before the answer is an unknown outcome", UnknownOutcomeError],
    ])("%s: %s, and the mail was sent once", async (behaviour, _rule, kind) => {
      const { service, send } = await setUpAs(behaviour);
      const error = await failureOf(send());
      if (kind) expect(error).toBeInstanceOf(kind);
      else expect(error).toMatchObject(NOT_DONE);
      expect(service.mails).toHaveLength(1);
    });

    test("a refused connection may be tried again", async () => {
      const { service, send } = await setUpAs("accept");
      for (const cleanup of cleanups.splice(0, 1)) await cleanup();
      expect(service.sockets.size).toBe(0);
      const error = await failureOf(send());
      expect(error).toMatchObject({ ...NOT_DONE, message: expect.stringContaining("ECONNREFUSED") });
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
  test.each<[Behaviour, string, string]>([
    ["RCPT=550 5.1.1 <zoe@example.org> unknown", "PermanentError", "refused the recipient (550 5.1.1)"],
    ["RCPT=450 4.2.1 zoe@example.org busy", "NotDoneError", "deferred the recipient (450 4.2.1)"],
    ["RCPT=552 5.2.2 zoe@example.org full", "NotDoneError", "deferred the recipient (552 5.2.2)"],
    ["MAIL=550 5.7.1 hello@errand.example unknown", "NotDoneError", "refused the sender (550 5.7.1)"],
    ["DATA=554 5.5.1 no", "PermanentError", "refused the mail (554 5.5.1)"],
    ["connect=554 go away", "NotDoneError", "(554)"],
    ["connect=421 busy", "NotDoneError", "(421)"],
  ])("%s is a %s that says: %s", async (behaviour, name, words) => {
    const { send } = await setUp(startSmtpService, smtpMailer, behaviour);
    expect(await failureOf(send())).toMatchObject({ name, message: expect.stringContaining(words) });
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

describe.each(sesMailers)("the $mailer mailer", ({ start, create }) => {
  test.each<[Behaviour, string]>([
    ["bad", "PermanentError"],
    ["later", "RetryAfterError"],
    ["gateway", "UnknownOutcomeError"],
    ["garbage", "UnknownOutcomeError"],
  ])("the answer %s is a %s", async (behaviour, name) => {
    const { service, send } = await setUp(start, create, behaviour);
    const error = await failureOf(send());
    expect(error.name).toBe(name);
    expect(service.mails).toHaveLength(1);
    if (error instanceof RetryAfterError) expect(error.seconds).toBe(17);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
