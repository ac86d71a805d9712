import { expect, test } from "@jest/globals";
import { readEnvironment } from "../../functions/environment.ts";

const rateOf = (text: string | undefined) =>
  readEnvironment({ MAIL_RATE_PER_SECOND: text }).mailRatePerSecond();

test("mail is limited to the rate that is set, and to none where it isn't", () => {
  expect([rateOf("14"), rateOf("0.5"), rateOf("1000")]).toEqual([14, 0.5, 1000]);
  expect([rateOf(undefined), rateOf("")]).toEqual([undefined, undefined]);
});

test.each(["0", "-1", "1001", "1e3", "fast"])("a rate of %s is refused", (text) => {
  expect(() => rateOf(text)).toThrow(`MAIL_RATE_PER_SECOND: a number above 0, at most 1000, got "${text}"`);
});

test("a client's rate is read as the mail's is", () => {
  const clientRateOf = (text?: string) =>
    readEnvironment({ CLIENT_RATE_PER_SECOND: text }).clientRatePerSecond();
  expect([clientRateOf("10"), clientRateOf(), clientRateOf("")]).toEqual([10, undefined, undefined]);
  expect(() => clientRateOf("0")).toThrow('CLIENT_RATE_PER_SECOND: a number above 0, at most 1000, got "0"');
});

test("webhooks on this machine are refused unless they are allowed", () => {
  const isAllowed = (text?: string) => readEnvironment({ LOCAL_WEBHOOKS: text }).localWebhooks();
  expect([isAllowed(), isAllowed("refuse"), isAllowed("allow")]).toEqual([false, false, true]);
  expect(() => isAllowed("true")).toThrow('LOCAL_WEBHOOKS: refuse or allow, got "true"');
});

test("a secret is in a file or in a parameter, and nowhere else", () => {
  const placeOf = (text?: string) => readEnvironment({ MAILBOX_KEY: text }).secretPlace("MAILBOX_KEY");
  expect(placeOf("file:/a b/c")).toEqual({ kind: "file", name: "/a b/c" });
  expect(placeOf("ssm:/errand/errand/mailbox-key")).toEqual({
    kind: "ssm",
    name: "/errand/errand/mailbox-key",
  });
  for (const text of ["c2VjcmV0", "ssm:", "s3:/a"])
    expect(() => placeOf(text)).toThrow(`MAILBOX_KEY: file:<path> or ssm:<parameter>, got "${text}"`);
  expect(() => placeOf()).toThrow("MAILBOX_KEY: a value, got nothing");
});

test("origins are none where none are set, and refused where they can't be any", () => {
  const originsOf = (text: string | undefined) => readEnvironment({ CORS_ORIGINS: text }).corsOrigins();
  expect([originsOf(undefined), originsOf("")]).toEqual([[], []]);
  expect(originsOf("https://a.example,https://b.example")).toEqual([
    "https://a.example",
    "https://b.example",
  ]);
  expect(() => originsOf("*")).toThrow(/^CORS_ORIGINS: origins separated by commas, .*, got "\*"$/);
});
