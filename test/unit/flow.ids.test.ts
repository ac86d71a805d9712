import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { systemEntropy } from "../../shared/clock/entropy.ts";
import { flowIdOfKey, isFlowId, jobId, parseJobId, randomId } from "../../shared/flow/ids.ts";
import { hashToken, randomToken, tokenMatches } from "../../shared/flow/token.ts";
import { flowId } from "../support/builders.ts";

const bytes = (value: number) => ({ bytes: (count: number) => new Uint8Array(count).fill(value) });

describe("an id", () => {
  test("is 26 characters of base 32 for 128 bits", () => {
    expect(randomId(bytes(0))).toBe("0".repeat(26));
    expect(randomId(bytes(255))).toBe(`7${"z".repeat(25)}`);
    expect(randomId(systemEntropy)).toMatch(/^[0-7][0-9a-hjkmnp-tv-z]{25}$/);
  });

  test("is another for other bits", () => {
    const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });
    const of = (value: Uint8Array) => randomId({ bytes: () => value });
    fc.assert(
      fc.property(sixteen, sixteen, (a, b) => {
        expect(of(a) === of(b)).toBe(Buffer.from(a).equals(Buffer.from(b)));
        expect(isFlowId(of(a))).toBe(true);
      }),
      { seed: 1 },
    );
  });

  test("that a key gives never changes: clients of older deploys repeat with it", () => {
    expect(flowIdOfKey("sign-up", "0123456789abcdef")).toBe("75nmzm2q0q7p53pp797kkegjwr");
  });

  test("is another for another key or flow, wherever the border between them is", () => {
    const ids = [
      flowIdOfKey("a", "bcd"),
      flowIdOfKey("ab", "cd"),
      flowIdOfKey("a", "bcde"),
      flowIdOfKey("a", "b\ncd"),
    ];
    expect(new Set(ids).size).toBe(4);
  });

  test.each([
    "",
    flowId.slice(1),
    `${flowId}0`,
    flowId.toUpperCase(),
    `${flowId.slice(1)}u`,
    `${flowId}\n`,
    ` ${flowId.slice(1)}`,
  ])("is not %j", (text) => expect(isFlowId(text)).toBe(false));
});

describe("a job's id", () => {
  test("is the flow's and the key, and back", () => {
    const address = { flow: flowId, key: "send-welcome-email" };
    expect(jobId(address)).toBe(`${flowId}.send-welcome-email`);
    expect(parseJobId(jobId(address))).toEqual(address);
  });

  test.each([
    "",
    ".",
    flowId,
    `${flowId}.`,
    `${flowId}x`,
    `.${flowId}`,
    "abc.mail",
    `${flowId.toUpperCase()}.mail`,
    ` ${flowId}.mail`,
  ])("is not %j", (text) => expect(parseJobId(text)).toBeUndefined());
});

describe("a token", () => {
  test("is 256 bits, safe in a URL, and another each time", () => {
    expect(randomToken(systemEntropy)).toMatch(/^[\w-]{43}$/);
    expect(randomToken(systemEntropy)).not.toBe(randomToken(systemEntropy));
  });

  test("has a hash that never changes", () => {
    expect(hashToken("token")).toBe("PEaenWxYddN6Q_NT1PiOYQ");
  });

  test("matches where its hash is among those stored", () => {
    const hashes = ["one", "two"].map(hashToken);
    expect(tokenMatches("two", hashes)).toBe(true);
    expect(tokenMatches("three", hashes)).toBe(false);
    expect(tokenMatches("two", [])).toBe(false);
    expect(tokenMatches("", hashes)).toBe(false);
    expect(tokenMatches("two", ["", "short", "two"])).toBe(false);
  });
});
