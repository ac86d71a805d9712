import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

export interface MailServerOptions {
  /** Where the mails are kept, one `.eml` each; made if missing. */
  readonly directory: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Default: 10 MiB. A larger mail is refused with 552. */
  readonly maxBytes?: number;
}

export interface ReceivedMail {
  /** Sorts by time of receipt, also over restarts. */
  readonly id: string;
  /** When it was received, ISO 8601 in UTC. */
  readonly at: string;
  /** The addresses of the header `To`, without names, separated by ", ". */
  readonly to: string;
  /** Decoded; empty where there is none. */
  readonly subject: string;
}

export interface MailServer {
  readonly port: number;
  /** All mails in the directory, the newest last. */
  list(): Promise<ReceivedMail[]>;
  /** The mail as received, byte by byte; undefined where there is none by this id. */
  read(id: string): Promise<Uint8Array | undefined>;
  /** Takes no more mail, lets those under way end for a moment, then closes every connection. */
  close(): Promise<void>;
}

/**
 * A real SMTP server on loopback that delivers into a directory. Neither login nor TLS. It answers 250 only when the
 * mail's file has its name, so that a process killed at any moment leaves no half file and loses no accepted mail
 * (the machine's own crash is another matter: nothing is flushed to the disk for that).
 *
 * Throws (EADDRINUSE and the like) where the port can't be had.
 */
export async function startMailServer(options: MailServerOptions): Promise<MailServer> {
  const mails = await openMailDirectory(options.directory);
  const maxBytes = options.maxBytes ?? 10 * 1024 * 1024;
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    size: maxBytes,
    // only kept, idle connections are left by then: a mail is on the disk within milliseconds
    closeTimeout: 200,
    onData(stream, _session, answer) {
      receive(stream, maxBytes)
        .then((bytes) => mails.keep(bytes))
        .then((id) => answer(null, `Kept as ${id}`), answer);
    },
  });
  // a client that goes away in the middle of its mail is its own affair: it got no 250
  server.on("error", () => {});
  await listen(server, options.port ?? 0);
  return {
    port: (server.server.address() as AddressInfo).port,
    list: mails.list,
    read: mails.read,
    async close() {
      const closed = new Promise<void>((resolve) => server.server.once("close", () => resolve()));
      server.close();
      await closed;
      await mails.settled();
    },
  };
}

function listen(server: SMTPServer, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.server.off("error", reject);
      resolve();
    });
  });
}

/** The whole mail. One that is too large is read to its end, since the answer comes only then, but not kept. */
async function receive(stream: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length <= maxBytes) chunks.push(chunk);
  }
  if (length > maxBytes) {
    throw Object.assign(new Error(`More than ${maxBytes} bytes`), { responseCode: 552 });
  }
  return Buffer.concat(chunks);
}

/** The directory and, in memory, what `list` needs of each mail in it. */
async function openMailDirectory(directory: string) {
  await mkdir(directory, { recursive: true });
  const ids = await tidy(directory);
  const nextId = createMailIds(ids.at(-1));
  const received: ReceivedMail[] = [];
  // in the background: the server need not wait for a directory of ten thousand mails
  const indexed = index(directory, ids, received);
  // whoever lists is told; until then a directory that can't be read is no reason to crash
  indexed.catch(() => {});

  return {
    async keep(bytes: Buffer): Promise<string> {
      const id = nextId();
      const header = await readMailHeader(bytes);
      const draft = join(directory, `${id}.tmp`);
      await writeFile(draft, bytes);
      await rename(draft, join(directory, `${id}.eml`));
      received.push({ id, ...header, at: mailTime(id) });
      return id;
    },
    async list(): Promise<ReceivedMail[]> {
      await indexed;
      return received.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    },
    async read(id: string): Promise<Uint8Array | undefined> {
      if (!isMailId(id)) return undefined;
      return readFile(join(directory, `${id}.eml`)).catch(ignoreMissing);
    },
    settled: () => Promise.allSettled([indexed]),
  };
}

/** The ids of the mails in the directory, oldest first. Drafts that a killed process left were never answered: they go. */
async function tidy(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  for (const name of names) {
    if (name.endsWith(".tmp") && isMailId(name.slice(0, -4)))
      await rm(join(directory, name), { force: true });
  }
  return names
    .filter((name) => name.endsWith(".eml"))
    .map((name) => name.slice(0, -4))
    .filter(isMailId)
    .sort();
}

async function index(directory: string, ids: readonly string[], into: ReceivedMail[]): Promise<void> {
  for (const id of ids) {
    const start = await readStart(join(directory, `${id}.eml`)).catch(ignoreMissing);
    if (start) into.push({ id, ...(await readMailHeader(start)), at: mailTime(id) });
  }
}

/** Enough of a file for its header; the body, with whatever it carries, stays on the disk. */
async function readStart(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16 * 1024), 0, 16 * 1024, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
  return undefined;
}

/** Recipients and subject of a mail, of which the bytes up to the end of its header suffice. */
async function readMailHeader(mail: Buffer): Promise<Pick<ReceivedMail, "to" | "subject">> {
  const end = mail.indexOf("\r\n\r\n");
  const header = await simpleParser(end < 0 ? mail : mail.subarray(0, end + 4));
  const addresses = [header.to ?? []].flat().flatMap(({ value }) => value);
  return {
    to: addresses.map(({ address }) => address ?? "").join(", "),
    subject: header.subject ?? "",
  };
}

const MAIL_ID = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-\d{6}-[0-9a-f]{6}$/;

/** No id holds a dot or a slash, so it is safe in a path. */
function isMailId(id: string): boolean {
  return MAIL_ID.test(id) && !Number.isNaN(Date.parse(mailTime(id)));
}

/** The time in an id, ISO 8601 in UTC. */
function mailTime(id: string): string {
  return id.replace(MAIL_ID, "$1-$2-$3T$4:$5:$6.$7Z");
}

/**
 * Makes ids that sort by the time they were made, after `last` too when the clock was set back since: time in UTC,
 * a count within the millisecond, six random digits against a second process on the same directory.
 */
export function createMailIds(last: string | undefined, now: () => number = Date.now): () => string {
  let time = last === undefined ? 0 : Date.parse(mailTime(last)) + 1;
  let count = 0;
  return () => {
    const present = now();
    count = present > time ? 0 : count + 1;
    time = Math.max(present, time);
    const stamp = new Date(time).toISOString().replace(/[-:.]/g, "");
    return `${stamp}-${String(count).padStart(6, "0")}-${randomBytes(3).toString("hex")}`;
  };
}
