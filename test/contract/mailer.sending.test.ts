import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "@jest/globals";
import { simpleParser } from "mailparser";
import type { Mailer } from "../../functions/send-welcome-email/mailer.ts";
import { createSesMailer } from "../../functions/send-welcome-email/ses-mailer.ts";
import { createSmtpMailer } from "../../functions/send-welcome-email/smtp-mailer.ts";
import { composeWelcomeEmail } from "../../functions/send-welcome-email/welcome-email.ts";
import { PermanentError, RetryAfterError, UnknownOutcomeError } from "../../shared/catalog/job-errors.ts";

/** What the service does once it has the whole mail; the rest are steps before that, or kinds of answers. */
type Behaviour = "accept" | "reject" | "defer" | "fail" | "cut" | "silent" | string;

interface Service {
  readonly port: number;
  /** Each mail that came in whole, accepted or not. */
  readonly mails: Buffer[];
  readonly sockets: Set<Socket>;
  behaviour: Behaviour;
  /** Resolves when the next mail has come in whole. */
  arrival(): Promise<void>;
}

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

async function serve(
  server: Server,
  service: Omit<Service, "port" | "sockets" | "arrival">,
): Promise<Service> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await once(server.close(), "close");
  });
  const arrival = async () => void (await once(server, "mail"));
  return Object.assign(service, { port: (server.address() as AddressInfo).port, sockets, arrival });
}

const SMTP_REPLIES: Readonly<Record<string, string>> = {
  accept: "250 2.0.0 kept",
  reject: "550 5.7.1 <zoe@example.org> not wanted",
  defer: "451 4.3.0 later, zoe@example.org",
  fail: "421 4.3.2 going down",
};

/** An SMTP server that does as its behaviour says; `EHLO=421 bye` and the like answer one command. */
async function startSmtp(): Promise<Service> {
  const server = createServer((socket) => {
    const say = (reply: string) => socket.write(`${reply}\r\n`);
    const [step, special] = service.behaviour.split("=");
    let buffered = "";
    let inContent = false;
    if (step !== "connect") say("220 test ESMTP");
    else if (special) say(special);
    const command = (line: string) => {
      const verb = line.slice(0, 4).trim();
      if (service.behaviour.startsWith(`${verb}=`)) return say(service.behaviour.slice(verb.length + 1));
      if (service.behaviour === `${verb} silent`) return;
      // the client sends DATA along with RCPT, and a server without a recipient must refuse it
      if (verb === "DATA" && service.behaviour.startsWith("RCPT=")) return say("503 5.5.1 no recipient");
      if (verb === "EHLO") return say("250-test\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES");
      inContent = verb === "DATA";
      return say(inContent ? "354 go on" : "250 2.0.0 fine");
    };
    const content = (mail: string) => {
      inContent = false;
      service.mails.push(Buffer.from(mail, "latin1"));
      if (service.behaviour === "cut") socket.destroy();
      const reply = SMTP_REPLIES[service.behaviour];
      if (reply) say(reply);
      server.emit("mail");
    };
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      buffered += chunk;
      for (;;) {
        const mark = inContent ? "\r\n.\r\n" : "\r\n";
        const end = buffered.indexOf(mark);
        if (end < 0) return;
        const part = buffered.slice(0, end);
        buffered = buffered.slice(end + mark.length);
        if (inContent) content(`${part}\r\n`);
        else command(part);
      }
    });
  });
  const service = await serve(server, { mails: [], behaviour: "accept" });
  return service;
}

const SES_ANSWERS: Readonly<
  Record<string, readonly [status: number, exception: string, retryAfter?: string]>
> = {
  reject: [400, "MessageRejected"],
  bad: [400, "BadRequestException:http://internal.amazon.com/coral/"],
  defer: [429, "TooManyRequestsException"],
  later: [429, "TooManyRequestsException", "17"],
  fail: [500, "InternalServiceError"],
  gateway: [504, "GatewayTimeout"],
};

/** `SendEmail` of SES v2 as it stands on the wire. */
async function startSes(): Promise<Service> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { Content, Destination } = JSON.parse(await text(request));
    expect([request.url, Destination]).toEqual([
      "/v2/email/outbound-emails",
      { ToAddresses: ["zoe@example.org"] },
    ]);
    service.mails.push(Buffer.from(Content.Raw.Data, "base64"));
    server.emit("mail");
    if (service.behaviour === "cut") return request.socket.destroy();
    if (service.behaviour === "silent") return;
    if (service.behaviour === "garbage") return response.end("{");
    const [status, exception, retryAfter] = SES_ANSWERS[service.behaviour] ?? [200];
    response.setHeader("content-type", "application/json");
    if (exception) response.setHeader("x-amzn-errortype", exception);
    if (retryAfter) response.setHeader("retry-after", retryAfter);
    response.writeHead(status).end(JSON.stringify({ MessageId: "0100-ses", message: "zoe@example.org" }));
  };
  const server = createHttpServer((request, response) => void answer(request, response));
  const service = await serve(server, { mails: [], behaviour: "accept" });
  return service;
}

function smtpMailer(port: number): Mailer {
  return createSmtpMailer({ url: `smtp://127.0.0.1:${port}` });
}

function sesMailer(port: number): Mailer {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return createSesMailer({
    client: { region: "us-east-1", endpoint: `http://127.0.0.1:${port}`, credentials },
  });
}

async function setUp(start: () => Promise<Service>, create: (port: number) => Mailer, behaviour: Behaviour) {
  const service = await start();
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

const PLAIN = { name: "Error" };

describe.each([
  { mailer: "smtp", start: startSmtp, create: smtpMailer },
  { mailer: "ses", start: startSes, create: sesMailer },
])("the $mailer mailer", ({ start, create }) => {
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
    else expect(error).toMatchObject(PLAIN);
    expect(service.mails).toHaveLength(1);
  });

  test("a refused connection may be tried again", async () => {
    const { service, send } = await setUpAs("accept");
    for (const cleanup of cleanups.splice(0, 1)) await cleanup();
    expect(service.sockets.size).toBe(0);
    const error = await failureOf(send());
    expect(error).toMatchObject({ ...PLAIN, message: expect.stringContaining("ECONNREFUSED") });
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
    expect(await failureOf(send(AbortSignal.abort(new Error("zoe@example.org"))))).toMatchObject(PLAIN);
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
});

describe("the smtp mailer", () => {
  test.each<[Behaviour, string, string]>([
    ["RCPT=550 5.1.1 <zoe@example.org> unknown", "PermanentError", "refused the recipient (550 5.1.1)"],
    ["RCPT=450 4.2.1 zoe@example.org busy", "Error", "deferred the recipient (450 4.2.1)"],
    ["RCPT=552 5.2.2 zoe@example.org full", "Error", "deferred the recipient (552 5.2.2)"],
    ["MAIL=550 5.7.1 hello@errand.example unknown", "Error", "refused the sender (550 5.7.1)"],
    ["DATA=554 5.5.1 no", "PermanentError", "refused the mail (554 5.5.1)"],
    ["connect=554 go away", "Error", "(554)"],
    ["connect=421 busy", "Error", "(421)"],
  ])("%s is a %s that says: %s", async (behaviour, name, words) => {
    const { send } = await setUp(startSmtp, smtpMailer, behaviour);
    expect(await failureOf(send())).toMatchObject({ name, message: expect.stringContaining(words) });
  });

  test.each(["connect", "EHLO silent", "DATA silent"])(
    "an abort at %s is known not to have sent",
    async (behaviour) => {
      const { service, send } = await setUp(startSmtp, smtpMailer, behaviour);
      const abort = new AbortController();
      const sending = failureOf(send(abort.signal));
      await until(() =>
        [...service.sockets].some(({ bytesRead }) => behaviour === "connect" || bytesRead > 0),
      );
      abort.abort();
      expect(await sending).toMatchObject({ ...PLAIN, message: expect.stringContaining("Aborted before") });
    },
  );

  test("a kept connection that the server has dropped is replaced, and each mail is sent once", async () => {
    const { service, send } = await setUp(startSmtp, smtpMailer, "accept");
    await send();
    for (const socket of service.sockets) socket.destroy();
    await send();
    expect(service.mails).toHaveLength(2);
  });

  test("a kept connection that is cut after the content was sent doesn't have the mail sent again", async () => {
    const { service, send } = await setUp(startSmtp, smtpMailer, "accept");
    await send();
    service.behaviour = "cut";
    expect(await failureOf(send())).toBeInstanceOf(UnknownOutcomeError);
    service.behaviour = "accept";
    await send();
    expect(service.mails).toHaveLength(3);
  });
});

describe("the ses mailer", () => {
  test.each<[Behaviour, string]>([
    ["bad", "PermanentError"],
    ["later", "RetryAfterError"],
    ["gateway", "UnknownOutcomeError"],
    ["garbage", "UnknownOutcomeError"],
  ])("the answer %s is a %s", async (behaviour, name) => {
    const { service, send } = await setUp(startSes, sesMailer, behaviour);
    const error = await failureOf(send());
    expect(error.name).toBe(name);
    expect(service.mails).toHaveLength(1);
    if (error instanceof RetryAfterError) expect(error.seconds).toBe(17);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
