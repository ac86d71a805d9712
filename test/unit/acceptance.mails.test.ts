import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { mailsOf } from "../acceptance/access/mails.ts";

const before = process.env["AWS_ENDPOINT_URL"];
beforeEach(() => {
  process.env["AWS_ENDPOINT_URL"] = "http://emulator.example:4566";
});
afterEach(() => {
  if (before === undefined) delete process.env["AWS_ENDPOINT_URL"];
  else process.env["AWS_ENDPOINT_URL"] = before;
});

test("of LocalStack's list, recipients and subject are read from the bytes of each mail: it has nothing else", async () => {
  const RawData = [
    "From: Errand <hello@example.com>",
    "To: =?UTF-8?Q?Zo=C3=AB=2C_A?= <zoe@example.org>",
    "Subject: =?UTF-8?Q?Welcome=2C_Zo=C3=AB?=",
    "",
    "Hello",
  ].join("\r\n");
  const list = { messages: [{ Id: "1", Region: "us-east-1", Source: "hello@example.com", RawData }] };
  const asked: string[] = [];
  const http = {
    async call(path: string) {
      asked.push(path);
      return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(list)) };
    },
    close() {},
  };
  expect(await mailsOf["localstack"]?.(http)).toEqual([{ to: ["zoe@example.org"], subject: "Welcome, Zoë" }]);
  expect(asked).toEqual(["http://emulator.example:4566/_aws/ses"]);
});
