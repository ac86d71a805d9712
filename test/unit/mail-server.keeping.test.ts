import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { createTransport, type SendMailOptions } from "nodemailer";
import { createMailIds, type MailServer, startMailServer } from "../../infra/local/mail-server.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "errand-mail-"));
  cleanups.push(() => rm(directory, { recursive: true }));
  return directory;
}

async function start(directory: string, maxBytes?: number): Promise<MailServer> {
  const server = await startMailServer({ directory, ...(maxBytes === undefined ? {} : { maxBytes }) });
  cleanups.push(() => server.close());
  return server;
}

function sender(port: number) {
  const transport = createTransport({
    pool: true,
    host: "127.0.0.1",
    port,
    maxConnections: 10,
    maxMessages: 1_000,
  });
  cleanups.push(() => transport.close());
  return (mail: SendMailOptions) => transport.sendMail({ from: "a@b.example", to: "c@d.example", ...mail });
}

test("a mail is kept byte by byte, and listed with its address, its decoded subject and its time", async () => {
  const server = await start(await newDirectory());
  const raw =
    'To: "Zoë, X" <zoe@example.org>, b@example.org\r\nSubject: =?utf-8?B?WiDDlg==?=\r\n\r\n..dot\r\n.\tend\r\n';
  await sender(server.port)({ raw, envelope: { from: "a@b.example", to: "zoe@example.org" } });
  const [mail, ...more] = await server.list();
  expect(more).toEqual([]);
  expect(mail).toMatchObject({ to: "zoe@example.org, b@example.org", subject: "Z Ö" });
  expect(Math.abs(Date.parse(mail?.at ?? "") - Date.now())).toBeLessThan(60_000);
  expect(String(Buffer.from((await server.read(mail?.id ?? "")) ?? []))).toBe(raw);
});

test("1 000 mails over ten connections are all kept, listed in order, and there after a restart", async () => {
  const directory = await newDirectory();
  const server = await start(directory);
  const send = sender(server.port);
  await Promise.all(Array.from({ length: 1_000 }, (_, n) => send({ subject: `n${n}`, text: "x" })));
  const mails = await server.list();
  expect(new Set(mails.map(({ subject }) => subject)).size).toBe(1_000);
  expect(mails.map(({ id }) => id)).toEqual(mails.map(({ id }) => id).toSorted());
  await server.close();

  const restarted = await start(directory);
  expect(await restarted.list()).toEqual(mails);
  await sender(restarted.port)({ subject: "newest" });
  expect((await restarted.list()).at(-1)?.subject).toBe("newest");
  expect(await readdir(directory)).toHaveLength(1_001);
});

test("a mail that was cut off is not kept, and the drafts of a killed process are cleared away", async () => {
  const directory = await newDirectory();
  const draft = `${createMailIds(undefined)()}.tmp`;
  await writeFile(join(directory, draft), "half");
  await writeFile(join(directory, "notes.txt"), "not ours");
  const server = await start(directory);
  const socket = connect(server.port, "127.0.0.1");
  const lines = ["EHLO x", "MAIL FROM:<a@b.example>", "RCPT TO:<c@d.example>", "DATA"];
  let heard = "";
  socket.on("data", (chunk) => {
    heard += chunk;
    // one command for each reply; after the 354 the mail without its end, and then nothing more
    if (!/^\d{3} .*\r\n$/m.test(heard)) return;
    if (heard.startsWith("354")) socket.end("Subject: half\r\n\r\ntext\r\n");
    else socket.write(`${lines.shift()}\r\n`);
    heard = "";
  });
  await once(socket, "close");
  expect(await server.list()).toEqual([]);
  expect(await readdir(directory)).toEqual(["notes.txt"]);
});

test("a mail over the limit is refused for good, and the next one taken", async () => {
  const server = await start(await newDirectory(), 10_000);
  const send = sender(server.port);
  await expect(send({ text: "x".repeat(20_000) })).rejects.toThrow();
  await send({ subject: "small", text: "x" });
  expect((await server.list()).map(({ subject }) => subject)).toEqual(["small"]);
});

test.each([
  "",
  "../secret",
  "x",
  "20261122T100000000Z-000000-abcdef",
  "20261122T100000000Z-000000-abcdef/../../x",
])("there is no mail by the id %j", async (id) => {
  const server = await start(await newDirectory());
  expect(await server.read(id)).toBeUndefined();
});

test("a taken port is an error", async () => {
  const server = await start(await newDirectory());
  const second = startMailServer({ directory: await newDirectory(), port: server.port });
  await expect(second).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("ids sort by time, within a millisecond, and after the last one though the clock was set back", () => {
  const times = [5, 5, 3, 6, 6];
  const next = createMailIds(undefined, () => times.shift() ?? 0);
  const ids = Array.from({ length: 5 }, next);
  expect(ids).toEqual(ids.toSorted());
  const after = createMailIds(ids.at(-1), () => 1)();
  expect(after > (ids.at(-1) ?? "")).toBe(true);
});

test("close() ends kept connections, so that nothing holds the process", async () => {
  const server = await start(await newDirectory());
  await sender(server.port)({ text: "x" });
  await server.close();
  const refused = await new Promise((resolve) => connect(server.port, "127.0.0.1").on("error", resolve));
  expect(refused).toMatchObject({ code: "ECONNREFUSED" });
});
