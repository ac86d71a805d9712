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

/** An SMTP server that does as its behaviour says; `EHLO=421 bye` and the like answer one command, `content=…` the mail. */
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
      if (verb === "EHLO")
        return say("250-test\r\n250-PIPELINING\r\n250-AUTH PLAIN\r\n250 ENHANCEDSTATUSCODES");
      inContent = verb === "DATA";
      return say(inContent ? "354 go on" : "250 2.0.0 fine");
    };
    const content = (mail: string) => {
      inContent = false;
      service.mails.push(Buffer.from(mail, "latin1"));
      if (service.behaviour === "cut") socket.destroy();
      const reply = step === "content" ? special : SMTP_REPLIES[service.behaviour];
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

type SesAnswer = readonly [
  status: number,
  exception: string,
  retryAfter?: string | undefined,
  words?: string,
];

/** `400 MessageRejected: its words`; anything else is an acceptance. */
function spelledOut(behaviour: string): SesAnswer {
  const [, status = "200", exception = "", words = ""] = /^(\d{3}) (\w+): (.*)$/.exec(behaviour) ?? [];
  return [Number(status), exception, undefined, words];
}

/** What either version of SES answers alike. */
const SES_ANSWERS: Readonly<Record<string, SesAnswer>> = {
  reject: [400, "MessageRejected"],
  fail: [500, "InternalServiceError"],
  gateway: [504, "GatewayTimeout"],
};

/** A version of SES on the wire. */
interface SesProtocol {
  /** The mail of a request, and what else it asks for: compared with `expected`, so that any other call fails its test. */
  parse(request: IncomingMessage, body: string): { readonly mail: string; readonly asked: unknown };
  readonly expected: unknown;
  readonly answers: Readonly<Record<string, SesAnswer>>;
  /** Bytes that the SDK can't read as a success. */
  readonly garbage: string;
  headers(exception: string): Readonly<Record<string, string>>;
  /** Of a success where there is no exception. */
  body(exception: string, words: string): string;
}

async function startSes({ parse, expected, answers, garbage, headers, body }: SesProtocol) {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { mail, asked } = parse(request, await text(request));
    if (JSON.stringify(asked) !== JSON.stringify(expected))
      return response.writeHead(400).end(`unexpected: ${JSON.stringify(asked)}`);
    service.mails.push(Buffer.from(mail, "base64"));
    server.emit("mail");
    if (service.behaviour === "cut") return request.socket.destroy();
    if (service.behaviour === "silent") return;
    const known = { ...SES_ANSWERS, ...answers };
    const [status, exception, retryAfter, words = "zoe@example.org"] =
      known[service.behaviour] ?? spelledOut(service.behaviour);
    response.setHeaders(new Map(Object.entries(headers(exception))));
    if (service.behaviour === "garbage") return response.end(garbage);
    if (retryAfter) response.setHeader("retry-after", retryAfter);
    response.writeHead(status).end(body(exception, words));
  };
  const server = createHttpServer((request, response) => void answer(request, response));
  const service = await serve(server, { mails: [], behaviour: "accept" });
  return service;
}

/** `SendEmail` of SES v2 as it stands on the wire. */
export function startSesService(): Promise<MailService> {
  return startSes({
    parse({ url }, body) {
      const { Content, Destination, ConfigurationSetName } = JSON.parse(body);
      return { mail: Content.Raw.Data, asked: [url, Destination.ToAddresses, ConfigurationSetName] };
    },
    expected: ["/v2/email/outbound-emails", ["zoe@example.org"], "welcome"],
    answers: {
      bad: [400, "BadRequestException:http://internal.amazon.com/coral/"],
      defer: [429, "TooManyRequestsException"],
      later: [429, "TooManyRequestsException", "17"],
    },
    garbage: "{",
    headers: (exception) => ({
      "content-type": "application/json",
      ...(exception ? { "x-amzn-errortype": exception } : {}),
    }),
    body: (_exception, message) => JSON.stringify({ MessageId: "0100-ses", message }),
  });
}

/** `SendRawEmail` of SES v1: the query protocol, answers in XML. */
export function startSesV1Service(): Promise<MailService> {
  return startSes({
    parse({ url }, body) {
      const form = new URLSearchParams(body);
      const names = [
        "Action",
        "Source",
        "Destinations.member.1",
        "Destinations.member.2",
        "ConfigurationSetName",
      ];
      return {
        mail: form.get("RawMessage.Data") ?? "",
        asked: [url, ...names.map((name) => form.get(name))],
      };
    },
    expected: ["/", "SendRawEmail", "hello@errand.example", "zoe@example.org", null, "welcome"],
    answers: {
      bad: [400, "InvalidParameterValue"],
      defer: [400, "Throttling"],
      later: [400, "Throttling", "17"],
    },
    garbage: "<SendRawEmailResponse",
    headers: () => ({ "content-type": "text/xml" }),
    body: (exception, words) =>
      exception
        ? `<ErrorResponse><Error><Type>Sender</Type><Code>${exception}</Code><Message>${words}</Message></Error></ErrorResponse>`
        : "<SendRawEmailResponse><SendRawEmailResult><MessageId>0100-ses</MessageId></SendRawEmailResult></SendRawEmailResponse>",
  });
}

/** A server that hangs up at the first byte: to a client of TLS, in the middle of the handshake. */
export function startHangUpService(): Promise<MailService> {
  const server = createServer((socket) => socket.once("data", () => socket.end()));
  return serve(server, { mails: [], behaviour: "hang up" });
}
