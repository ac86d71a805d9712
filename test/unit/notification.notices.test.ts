import { describe, expect, test } from "@jest/globals";
import { noticeLetter } from "../../shared/envelope/dead-letter.ts";
import { NotAnEnvelopeError, UnknownVersionError } from "../../shared/envelope/envelope.ts";
import { encodeNotice, noticeId, parseNotice } from "../../shared/notification/notice.ts";
import { planLetter } from "../../shared/redrive/plan-letter.ts";
import { flowId, otherFlowId, start } from "../support/builders.ts";

const end = { flow: flowId, epoch: 2 };
const change = { flow: flowId, key: "mail", run: 1, version: 7 };

describe("a notice", () => {
  test("has the id of PROTOCOL.md: an end's and a change's are never the same", () => {
    expect(noticeId(end)).toBe(`${flowId}.2`);
    expect(noticeId(change)).toBe(`${flowId}.mail.1.7`);
  });

  test("is read as it was written, and says nothing but ids and numbers", () => {
    for (const notice of [end, { ...end, toWatchers: true } as const, change])
      expect(parseNotice(encodeNotice(notice))).toEqual(notice);
    expect(JSON.parse(encodeNotice(end).body)).toEqual({ version: 1, ...end });
  });

  test.each<[string, object, string]>([
    ["another flow", { version: 1, flow: otherFlowId, epoch: 0 }, "flow: the message's, got another"],
    ["no epoch", { version: 1, flow: flowId, epoch: "0" }, "epoch: a whole number, got string"],
    ["a negative one", { version: 1, flow: flowId, epoch: -1 }, "epoch: a whole number, got number"],
    ["neither of both", { version: 1, flow: flowId }, "key: a job's, got something else"],
    ["no key", { version: 1, flow: flowId, key: "", run: 0, change: 1 }, "key: a job's, got something else"],
    ["no run", { version: 1, flow: flowId, key: "mail", change: 1 }, "run: a whole number, got undefined"],
    ["a list", [], "body: a JSON object, got something else"],
  ])("is none that says %s", (_, body, message) => {
    const { attributes } = encodeNotice(end);
    expect(() => parseNotice({ attributes, body: JSON.stringify(body) })).toThrow(
      new NotAnEnvelopeError(message),
    );
  });

  test("is none without JSON, and none of another queue", () => {
    const { attributes, body } = encodeNotice(end);
    expect(() => parseNotice({ attributes, body: "{" })).toThrow(NotAnEnvelopeError);
    const check = { errand: "check/1", flow: flowId, id: "x", armedAt: 1 };
    expect(() => parseNotice({ attributes: check, body })).toThrow("errand: notify, got check");
  });

  test("of a newer version is known as such, by its attribute or its body", () => {
    const { attributes, body } = encodeNotice(end);
    const newer = { ...attributes, errand: "notify/2" };
    expect(() => parseNotice({ attributes: newer, body: "whatever it is" })).toThrow(UnknownVersionError);
    const next = JSON.stringify({ ...JSON.parse(body), version: 2 });
    expect(() => parseNotice({ attributes, body: next })).toThrow(UnknownVersionError);
  });

  test("that nobody could be told comes back to its queue by a redrive, and says what it said", () => {
    const letter = noticeLetter({ ...encodeNotice(end), trace: undefined }, "410 Gone");
    const message = { ...letter, id: "l", receipt: "l", receiveCount: 1, sentAt: start };
    expect(planLetter(message, undefined)).toEqual({ kind: "return" });
    const returned = { ...letter, attributes: { ...letter.attributes, again: 1 } };
    expect(parseNotice(returned)).toEqual(end);
  });
});
