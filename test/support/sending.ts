import { expect } from "@jest/globals";
import type { Mailer } from "../../functions/send-welcome-email/mailer.ts";
import { createSesMailer } from "../../functions/send-welcome-email/ses-mailer.ts";
import { createSesV1Mailer } from "../../functions/send-welcome-email/ses-v1-mailer.ts";
import { createSmtpMailer } from "../../functions/send-welcome-email/smtp-mailer.ts";
import { composeWelcomeEmail } from "../../functions/send-welcome-email/welcome-email.ts";
import { type Behaviour, type MailService, startSesService, startSesV1Service } from "./mail-services.ts";

/** What is sent. */
export const message = composeWelcomeEmail({
  to: "zoe@example.org",
  name: "Zoë Ångström",
  plan: "free",
  jobId: "abcdefghijklmnopqrstuvwxyz.welcome",
  createdAt: new Date("2026-11-22T10:00:00Z"),
  from: { name: "Errand", address: "hello@errand.example" },
});

const cleanups: (() => unknown)[] = [];

/** For `afterEach`: closes what `setUp` has started. */
export async function tearDown(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

export function smtpMailer(port: number): Mailer {
  return createSmtpMailer({ url: `smtp://127.0.0.1:${port}` });
}

const sesOptions = (port: number, scheme = "http") => ({
  client: {
    region: "us-east-1",
    endpoint: `${scheme}://127.0.0.1:${port}`,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  },
  configurationSet: "welcome",
});

export const sesMailers = [
  {
    mailer: "ses",
    start: startSesService,
    create: (port: number, scheme?: string): Mailer => createSesMailer(sesOptions(port, scheme)),
  },
  {
    mailer: "ses-v1",
    start: startSesV1Service,
    create: (port: number, scheme?: string): Mailer => createSesV1Mailer(sesOptions(port, scheme)),
  },
];

/** A service on loopback that behaves so, and a mailer that sends to it. */
export async function setUp(
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
export async function failureOf(sending: Promise<unknown>): Promise<Error> {
  const error = await sending.then(
    () => expect("the mail").toBe("refused"),
    (failure) => failure,
  );
  expect(JSON.stringify([error.message, { ...error }])).not.toMatch(/@|zoe/i);
  expect(error.cause).toBeUndefined();
  return error;
}
