import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type ParsedMail, simpleParser } from "mailparser";
import { createHandler } from "../../functions/send-welcome-email/handler.ts";
import type { Mailer, MailMessage } from "../../functions/send-welcome-email/mailer.ts";
import { parseSender } from "../../functions/send-welcome-email/sender.ts";
import { createSmtpMailer } from "../../functions/send-welcome-email/smtp-mailer.ts";
import {
  composeWelcomeEmail,
  messageId,
  type WelcomeEmail,
} from "../../functions/send-welcome-email/welcome-email.ts";
import { escapeHtml } from "../../functions/send-welcome-email/welcome-template.ts";
import { type MailServer, startMailServer } from "../../infra/local/mail-server.ts";

const email: WelcomeEmail = {
  to: "zoe@example.org",
  name: "Zoë Ångström",
  plan: "free",
  jobId: "abcdefghijklmnopqrstuvwxyz.send-welcome-email",
  createdAt: new Date("2026-11-22T23:30:00Z"),
  from: { name: "Errand", address: "hello@errand.example" },
};

let directory: string;
let server: MailServer;
let mailer: Mailer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "errand-mail-"));
  server = await startMailServer({ directory });
  mailer = createSmtpMailer({ url: `smtp://127.0.0.1:${server.port}` });
});
afterAll(async () => {
  mailer.close();
  await server.close();
  await rm(directory, { recursive: true });
});

/** The mail as it comes out of a real SMTP server, parsed by another library than the one that wrote it. */
async function roundTrip(message: MailMessage): Promise<{ mail: ParsedMail; raw: string }> {
  await mailer.send(message, { signal: new AbortController().signal });
  const id = (await server.list()).at(-1)?.id ?? "";
  const raw = Buffer.from((await server.read(id)) ?? []);
  return { mail: await simpleParser(raw), raw: raw.toString("latin1") };
}

const ENTITIES = new Map([
  ["&lt;", "<"],
  ["&gt;", ">"],
  ["&quot;", '"'],
  ["&#39;", "'"],
  ["&amp;", "&"],
]);

/** What a reader of the HTML part sees, as words. */
function wordsOfHtml(html: string): string[] {
  const body = html.slice(html.indexOf("<body")).replace(/<\/(?:p|h1|td)>/g, " ");
  return wordsOfText(
    body.replace(/<[^>]*>/g, "").replace(/&[a-z0-9#]+;/g, (entity) => ENTITIES.get(entity) ?? entity),
  );
}

function wordsOfText(text: string): string[] {
  return text
    .replace(/[\u2068\u2069]/g, "")
    .split(/\s+/)
    .filter((word) => word !== "");
}

const NASTY: readonly (readonly [what: string, name: string, shown: string])[] = [
  ["CR and LF with a header", "Zoë\r\nBcc: mallory@evil.example", "Zoë Bcc: mallory@evil. example"],
  ["a lone LF and a body", "Zoë\n\n<h1>Pay here</h1>", "Zoë <h1>Pay here</h1>"],
  ["a lone CR", "Zoë\rX-Evil: 1", "Zoë X-Evil: 1"],
  ["NUL, escape, delete", "Zo\0ë\x1b[31m\x7f!", "Zo ë [31m !"],
  ["next line and C1 controls", "Zoë\u0085\u009bA", "Zoë A"],
  ["line and paragraph separators", "Zoë\u2028Bcc: a\u2029b", "Zoë Bcc: a b"],
  ["a script element", "<script>alert(1)</script>", "<script>alert(1)</script>"],
  [
    "an end tag of its element",
    "</bdi></h1><img src=x onerror=alert(1)>",
    "</bdi></h1><img src=x onerror=alert(1)>",
  ],
  ["quotes that end an attribute", `" onload="x" a='`, `" onload="x" a='`],
  ["an entity", "&lt;b&gt; &amp; &#x202e;", "&lt;b&gt; &amp; &#x202e;"],
  ["a second recipient", "Zoë, mallory@evil.example", "Zoë, mallory@evil. example"],
  ["an address in angle brackets", "Zoë <mallory@evil.example>, x", "Zoë <mallory@evil. example>, x"],
  ["quotes and backslashes", 'Zoë" \\" <mallory@evil.example', 'Zoë" \\" <mallory@evil. example'],
  ["a group of addresses", "undisclosed: a@b.example;", "undisclosed: a@b. example;"],
  ["an encoded word", "=?utf-8?Q?=0D=0ABcc:_mallory@evil?=", "= ?utf-8?Q?=0D=0ABcc:_mallory@evil?="],
  ["an override", "Zoë \u202Eelpmaxe\u202C", "Zoë elpmaxe"],
  ["isolates left open and closed too often", "\u2067Zoë\u2069\u2069\u2066", "Zoë"],
  ["a link", "Win! https://evil.example/x", "Win! https evil. example/x"],
  ["a host name with other dots", "www.evil。example．org", "www. evil。 example． org"],
  ["invisible characters", "Z\u200Bo\uFEFF\u2060ë\u00AD", "Zoë"],
  ["nothing visible", "\u200B\u202E \u2069", ""],
  ["a lone surrogate", "Zoë\uD800", "Zoë\uFFFD"],
  ["an end of data", "\r\n.\r\nMAIL FROM:<a@b>", ". MAIL FROM:<a@b>"],
  ["as long as a name can be", "W".repeat(200), "W".repeat(200)],
];

describe("a name can't act on the mail", () => {
  test.each(NASTY)("%s", async (_what, name, shown) => {
    const { mail, raw } = await roundTrip(composeWelcomeEmail({ ...email, name }));
    const header = raw.slice(0, raw.indexOf("\r\n\r\n"));
    expect([...mail.headers.keys()].toSorted()).toEqual(
      ["auto-submitted", "content-type", "date", "from", "message-id", "mime-version", "subject", "to"]
        .concat("x-auto-response-suppress")
        .toSorted(),
    );
    expect(header).not.toMatch(/[^\x20-\x7e\r\n]|[^\r]\n/);
    expect([mail.to].flat().flatMap((to) => to?.value)).toEqual([{ address: email.to, name: shown }]);
    expect(mail.subject).toBe(shown ? `Welcome to Errand, ${shown}` : "Welcome to Errand");
    expect(mail.text).toContain(shown ? `\nWelcome, ${shown}\n` : "\nWelcome\n");
    expect(mail.html).toContain(shown ? `>Welcome, <bdi>${escapeHtml(shown)}</bdi></h1>` : ">Welcome</h1>");
    expect(mail.html).not.toMatch(/<(script|img|a)\b/);
    expect((await server.list()).at(-1)?.to).toBe(email.to);
  });
});

describe("any script", () => {
  test.each([
    "Zoë Ångström",
    "Νίκος Παπαδόπουλος",
    "Đỗ Thị Hương",
    "Владимир Иванов",
    "محمد الأمين",
    "שרה כהן",
    "山田太郎",
    "김민준",
    "ศิริพร ใจดี",
    "अनुष्का शर्मा",
    "Sam 👩🏽‍🚀🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "O’Neil-D'Arcy & Söhne",
  ])(
    "%s survives the way through a mail server, in both parts, the subject and the address",
    async (name) => {
      const { mail } = await roundTrip(composeWelcomeEmail({ ...email, name }));
      const isolated = /[\u0590-\u06ff]/.test(name) ? `\u2068${name}\u2069` : name;
      expect(mail.subject).toBe(`Welcome to Errand, ${isolated}`);
      expect([mail.to].flat()[0]?.value[0]).toEqual({ address: email.to, name });
      expect(mail.text).toContain(`Welcome, ${isolated}\n`);
      expect(wordsOfHtml(String(mail.html))).toEqual(wordsOfText(String(mail.text)));
    },
  );
});

test("the Message-ID is made of the job's id and the sender's domain, the same each time", () => {
  const id = "<abcdefghijklmnopqrstuvwxyz.send-welcome-email@errand.example>";
  expect(composeWelcomeEmail(email).messageId).toBe(id);
  expect(composeWelcomeEmail(email)).toEqual(composeWelcomeEmail(email));
  expect(messageId("a.b", "post@bücher.example")).toBe("<a.b@xn--bcher-kva.example>");
});

test.each([
  ["a..b", "a@b.example"],
  ["a b", "a@b.example"],
  ["a>\r\nX: 1", "a@b.example"],
  ["a.b", "nobody@"],
])("a Message-ID can't be made of %j and %j", (jobId, from) => {
  expect(() => messageId(jobId, from)).toThrow(expect.objectContaining({ name: "PermanentError" }));
});

test.each([
  "",
  "zoe",
  "@b.example",
  "a@b@c.example",
  "a@b.example,c@d.example",
  "a@b.example\r\nBcc: c@d",
  "<a@b>",
])("the address %j is refused for good, without repeating it", (to) => {
  const refusal = { name: "PermanentError", message: "The recipient's address is no local@domain" };
  expect(() => composeWelcomeEmail({ ...email, to })).toThrow(expect.objectContaining(refusal));
});

test.each<[WelcomeEmail["plan"], string | undefined, string, string]>([
  ["free", undefined, "Your plan: Free", "22 November 2026"],
  ["pro", "en-US", "Your plan: Pro", "November 22, 2026"],
  ["pro", "de-AT", "Your plan: Pro", "22 November 2026"],
  ["free", "en-<b>", "Your plan: Free", "22 November 2026"],
])("the plan %s and the locale %s say %s and %s", (plan, locale, planLine, date) => {
  const { text, html } = composeWelcomeEmail({ ...email, plan, locale });
  expect(text).toContain(planLine);
  expect(text).toContain(`You signed up on ${date}.`);
  expect(wordsOfHtml(html)).toEqual(wordsOfText(text));
  expect(html).toContain('<html lang="en" dir="ltr">');
});

test("the mail fetches nothing and asks for no automatic answer", async () => {
  const { html, headers } = composeWelcomeEmail(email);
  expect(html).not.toMatch(/https?:|url\(|src=|href=|@import/);
  expect(html.length).toBeLessThan(4_000);
  expect(headers).toMatchObject({ "Auto-Submitted": "auto-generated" });
});

test("the handler sends the mail of its job under the job's signal and results in the mail's id", async () => {
  const sent: unknown[] = [];
  const handler = createHandler({
    from: "Errand <hello@errand.example>",
    mailer: {
      send: async (message, { signal }) => {
        sent.push(message, signal);
        return { messageId: "m1" };
      },
      close: () => {},
    },
    dailyLimit: { take: async () => true },
    mailboxKey: async () => "the service's key",
  });
  const { signal } = new AbortController();
  const flow = { id: "abcdefghijklmnopqrstuvwxyz", name: "sign-up", createdAt: email.createdAt };
  const context = { id: email.jobId, key: "send-welcome-email", flow, run: 0, attempt: 1, signal };
  const result = await handler({ email: email.to, name: email.name, plan: email.plan }, context);
  expect(result).toEqual({ messageId: "m1" });
  expect(sent).toEqual([composeWelcomeEmail(email), signal]);
});

test.each([
  ["Errand <hello@errand.example>", { name: "Errand", address: "hello@errand.example" }],
  ['"Bücher, Inc." <post@b.example>', { name: "Bücher, Inc.", address: "post@b.example" }],
  [" hello@errand.example ", { name: "errand.example", address: "hello@errand.example" }],
])("the sender %s is read", (text, sender) => {
  expect(parseSender(text)).toEqual(sender);
});

test.each(["", "Errand", "Errand <>", "a@b.example, c@d.example", "A <a@b.example>, <c@d.example>"])(
  "the sender %j is refused",
  (text) => {
    expect(() => parseSender(text)).toThrow(/^from: .*, got "/);
  },
);
