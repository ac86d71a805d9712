import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";

/** What the service does once it has the whole mail; the rest are steps before that, or kinds of answers. */
export type Behaviour = "accept" | "reject" | "defer" | "fail" | "cut" | "silent" | string;

export interface MailService {
  readonly port: number;
  /** Each mail that came in whole, accepted or not. */
  readonly mails: Buffer[];
  readonly sockets: Set<Socket>;
  behaviour: Behaviour;
  /** Closes it, and whatever is connected to it. */
  stop(): Promise<void>;
  /** Resolves when the next mail has come in whole. */
  arrival(): Promise<void>;
}

async function serve(
  server: Server,
  service: Omit<MailService, "port" | "sockets" | "stop" | "arrival">,
): Promise<MailService> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await once(server.close(), "close");
  };
  const arrival = async () => void (await once(server, "mail"));
  return Object.assign(service, { port: (server.address() as AddressInfo).port, sockets, stop, arrival });
}

const SMTP_REPLIES: Readonly<Record<string, string>> = {
  accept: "250 2.0.0 kept",
  reject: "550 5.7.1 <zoe@example.org> not wanted",
  defer: "451 4.3.0 later, zoe@example.org",
  fail: "421 4.3.2 going down",
};

/** An SMTP server that does as its behaviour says; `EHLO=421 bye` and the like answer one command. */
export async function startSmtpService(): Promise<MailService> {
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

/** The one call that is known here, so that any other fails its test. */
const expectedCall = JSON.stringify(["/v2/email/outbound-emails", { ToAddresses: ["zoe@example.org"] }]);

/** `SendEmail` of SES v2 as it stands on the wire. */
export async function startSesService(): Promise<MailService> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { Content, Destination } = JSON.parse(await text(request));
    const asked = JSON.stringify([request.url, Destination]);
    if (asked !== expectedCall)
      return response.writeHead(400).end(JSON.stringify({ message: `unexpected: ${asked}` }));
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
