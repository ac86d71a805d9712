import { simpleParser } from "mailparser";
import { array, looseObject, parse, record, string } from "valibot";
import type { createHttpClient } from "../../support/http-client.ts";

export interface Mail {
  readonly to: readonly string[];
  readonly subject: string;
}

type Http = ReturnType<typeof createHttpClient>;

/** Every mail that a target shows, by target. */
export const mailsOf: Readonly<Record<string, (http: Http) => Promise<readonly Mail[]>>> = {
  async embedded(http) {
    const shape = array(looseObject({ to: string(), subject: string() }));
    const mails = parse(shape, await json(http, "/_local/mail"));
    return mails.map(({ to, subject }) => ({ to: to.split(", "), subject }));
  },

  async ministack(http) {
    const mail = looseObject({ To: array(string()), Subject: string() });
    const shape = looseObject({ messages: record(string(), array(mail)) });
    const { messages } = parse(shape, await json(http, emulator("/_ministack/ses/messages")));
    return Promise.all(
      Object.values(messages)
        .flat()
        .map(async ({ To, Subject }) => ({ to: To, subject: await decoded(`Subject: ${Subject}\r\n\r\n`) })),
    );
  },

  async localstack(http) {
    // Of a mail that was sent whole it keeps the bytes, and no list of recipients.
    const shape = looseObject({ messages: array(looseObject({ RawData: string() })) });
    const { messages } = parse(shape, await json(http, emulator("/_aws/ses")));
    return Promise.all(
      messages.map(async ({ RawData }) => {
        const { to, subject = "" } = await simpleParser(RawData);
        const recipients = [to ?? []].flat().flatMap(({ value }) => value);
        return { to: recipients.map(({ address = "" }) => address), subject };
      }),
    );
  },
};

/** The emulators answer this where they answer all of AWS. */
function emulator(path: string): string {
  return new URL(path, process.env["AWS_ENDPOINT_URL"]).href;
}

async function json(http: Http, path: string): Promise<unknown> {
  const { status, body } = await http.call(path);
  if (status !== 200) throw new Error(`${path}: 200, got ${status} ${body}`);
  return JSON.parse(body.toString());
}

/** Where the text of a mail's header is as it travelled: `=?UTF-8?B?…?=`. */
async function decoded(mail: string): Promise<string> {
  return (await simpleParser(mail)).subject ?? "";
}
