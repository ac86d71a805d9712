import { afterEach, describe, expect, test } from "@jest/globals";
import {
  type FailureRule,
  partiesOf,
  throttleSeconds,
} from "../../functions/send-welcome-email/mail-failure.ts";
import { sesRules } from "../../functions/send-welcome-email/ses-rules.ts";
import { createSmtpMailer } from "../../functions/send-welcome-email/smtp-mailer.ts";
import { type SmtpStage, smtpRules } from "../../functions/send-welcome-email/smtp-rules.ts";
import {
  NotDoneError,
  OutageError,
  PermanentError,
  RetryAfterError,
  UnknownOutcomeError,
} from "../../shared/catalog/job-errors.ts";
import { sampleOfSes, sampleOfSmtp } from "../support/mail-samples.ts";
import { startHangUpService, startSmtpService } from "../support/mail-services.ts";
import { failureOf, message, sesMailers, setUp, smtpMailer, tearDown } from "../support/sending.ts";

afterEach(tearDown);

const kinds = {
  "try again": NotDoneError,
  throttled: RetryAfterError,
  outage: OutageError,
  permanent: PermanentError,
  unknown: UnknownOutcomeError,
};

const parties = partiesOf(message);
const refused = expect.stringContaining("ECONNREFUSED");

function expectBy({ outcome, words }: FailureRule, error: Error): void {
  expect(error).toBeInstanceOf(kinds[outcome]);
  expect(error.message.startsWith(words)).toBe(true);
  if (error instanceof OutageError) expect(error.dependency).toBe("mail");
  if (error instanceof RetryAfterError) {
    expect(error.seconds).toBeGreaterThanOrEqual(throttleSeconds(() => 0));
    expect(error.seconds).toBeLessThanOrEqual(throttleSeconds(() => 1));
  }
}

describe.each(sesMailers)("the $mailer mailer", ({ start, create }) => {
  test.each(sesRules.answered.map((rule) => [sampleOfSes(rule, parties), rule] as const))(
    "%s is what its row says",
    async (answer, rule) => {
      const { service, send } = await setUp(start, create, answer);
      expectBy(rule, await failureOf(send()));
      expect(service.mails).toHaveLength(1);
    },
  );

  test("takes the service's word for how long to wait where it throttles", async () => {
    const { send } = await setUp(start, create, "later");
    expect(await failureOf(send())).toMatchObject({ name: "RetryAfterError", seconds: 17 });
  });

  test.each(["garbage", "cut"])("an answer that is %s is an unknown outcome", async (behaviour) => {
    const { send } = await setUp(start, create, behaviour);
    expect(await failureOf(send())).toBeInstanceOf(UnknownOutcomeError);
  });

  test("a refused connection is an outage", async () => {
    const { service, send } = await setUp(start, create, "accept");
    await service.stop();
    expect(await failureOf(send())).toMatchObject({ name: "OutageError", message: refused });
  });
});

describe.each(sesMailers)("over TLS, the $mailer mailer", ({ create }) => {
  test("takes a server that hangs up in the handshake for an outage", async () => {
    const { send } = await setUp(startHangUpService, (port) => create(port, "https"), "accept");
    expect(await failureOf(send())).toMatchObject({
      name: "OutageError",
      message: expect.stringContaining("No secure connection to SES"),
    });
  });
});

const smtpSamples = Object.entries(smtpRules).flatMap(([stage, rules]) =>
  rules.flatMap((rule) => {
    const sample = sampleOfSmtp(stage as SmtpStage, rule, parties);
    return sample === undefined ? [] : [[sample, rule] as const];
  }),
);

describe("the smtp mailer", () => {
  test.each(smtpSamples)("%s is what its row says", async (behaviour, rule) => {
    const { send } = await setUp(startSmtpService, smtpMailer, behaviour);
    expectBy(rule, await failureOf(send()));
  });

  test.each([
    ["RCPT=550 5.1.1 <zoe@example.org> unknown", "refused the recipient (550 5.1.1)"],
    ["MAIL=550 5.7.1 hello@errand.example unknown", "refused the sender (550 5.7.1)"],
    ["DATA=554 5.5.1 no", "refused the mail (554 5.5.1)"],
    ["EHLO=421 4.3.2 bye", "closing its connections (421 4.3.2)"],
  ])("%s is told with its codes", async (behaviour, words) => {
    const { send } = await setUp(startSmtpService, smtpMailer, behaviour);
    expect(await failureOf(send())).toMatchObject({ message: expect.stringContaining(words) });
  });

  test.each(["535 5.7.8 no", "454 4.7.0 later"])("a login answered by %s is an outage", async (reply) => {
    const withLogin = (port: number) => createSmtpMailer({ url: `smtp://user:secret@127.0.0.1:${port}` });
    const { send } = await setUp(startSmtpService, withLogin, `AUTH=${reply}`);
    expect(await failureOf(send())).toMatchObject({
      name: "OutageError",
      message: `The mail server refused the login (${reply.slice(0, 9)})`,
    });
  });

  test("a refused connection is an outage", async () => {
    const { service, send } = await setUp(startSmtpService, smtpMailer, "accept");
    await service.stop();
    expect(await failureOf(send())).toMatchObject({ name: "OutageError", message: refused });
  });

  test("a cut after the content is an unknown outcome", async () => {
    const { send } = await setUp(startSmtpService, smtpMailer, "cut");
    expect(await failureOf(send())).toBeInstanceOf(UnknownOutcomeError);
  });

  test("over TLS, a server that hangs up in the handshake is an outage", async () => {
    const smtps = (port: number) => createSmtpMailer({ url: `smtps://127.0.0.1:${port}` });
    const { send } = await setUp(startHangUpService, smtps, "accept");
    expect(await failureOf(send())).toMatchObject({
      name: "OutageError",
      message: expect.stringContaining("No secure connection to the mail server"),
    });
  });
});
