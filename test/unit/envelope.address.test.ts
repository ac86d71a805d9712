import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Address, encodeAddress, parseAddress } from "../../shared/envelope/address.ts";
import { NotAnEnvelopeError, UnknownVersionError } from "../../shared/envelope/envelope.ts";
import type { MessageAttributes } from "../../shared/queue/queue.ts";
import {
  checkAddress,
  closeAddress,
  flowId,
  runAddress,
  sendAddress,
  startAddress,
} from "../support/builders.ts";

describe("an address", () => {
  test.each<[string, Address]>([
    ["start", startAddress],
    ["start again", { ...startAddress, again: true }],
    ["check", checkAddress],
    ["close", closeAddress],
    ["send", sendAddress],
    ["run", runAddress],
    ["run again", { ...runAddress, run: 2, again: true }],
  ])("is read as it was written: %s", (_, address) => {
    const attributes = encodeAddress(address);
    expect(parseAddress(attributes)).toEqual(address);
    // Beside the payload's size there is room for a letter's six.
    expect(Object.keys(attributes).length).toBeLessThanOrEqual(5);
  });

  test("is read whatever other attributes there are", () => {
    expect(
      parseAddress({ ...encodeAddress(runAddress), ExtendedPayloadSize: 7, AWSTraceHeader: "x" }),
    ).toEqual(runAddress);
  });

  test("counts as again by the number 1 alone", () => {
    for (const again of ["1", 2, 0, "true"]) {
      expect(parseAddress({ ...encodeAddress(runAddress), again })).toMatchObject({ again: false });
    }
  });
});

test("a kind that came later starts with version 2: a deploy from before it holds what it would else set aside", () => {
  expect(encodeAddress(closeAddress)["errand"]).toBe("close/2");
  expect(encodeAddress(sendAddress)["errand"]).toBe("send/2");
});

describe("no address", () => {
  const run = encodeAddress(runAddress);
  const start = encodeAddress(startAddress);
  const without = (attributes: MessageAttributes, name: string) =>
    Object.fromEntries(Object.entries(attributes).filter(([each]) => each !== name));

  test.each<[MessageAttributes, string]>([
    [{}, "errand: <kind>/<version>, got nothing"],
    [{ errand: "hello" }, "errand: <kind>/<version>, got hello"],
    [{ errand: 7 }, "errand: <kind>/<version>, got 7"],
    [{ errand: "stop/1" }, "errand: start, check, run, close, send, notify, probe, got stop"],
    [without(start, "flow"), "flow: a String attribute, got nothing"],
    [{ ...start, flow: 7 }, "flow: a String attribute, got a Number"],
    [{ ...start, flow: "../x" }, "flow: a flow's id, got something else"],
    [without(start, "id"), "id: a String attribute, got nothing"],
    [without(start, "deadline"), "deadline: a whole Number attribute, got nothing"],
    [{ ...run, deadline: 1.5 }, "deadline: a whole Number attribute, got 1.5"],
    [{ ...run, deadline: -1 }, "deadline: a whole Number attribute, got -1"],
    [{ ...run, deadline: "1" }, "deadline: a whole Number attribute, got 1"],
    [{ ...run, run: 1e300 }, "run: a whole Number attribute, got 1e+300"],
    [{ ...run, job: flowId }, "job: <flow>.<key>, got something else"],
    [without(encodeAddress(checkAddress), "armedAt"), "armedAt: a whole Number attribute, got nothing"],
    [without(encodeAddress(closeAddress), "id"), "id: a String attribute, got nothing"],
    [without(encodeAddress(sendAddress), "run"), "run: a whole Number attribute, got nothing"],
    [{ ...encodeAddress(sendAddress), job: flowId }, "job: <flow>.<key>, got something else"],
  ])("is in %j", (attributes, message) => {
    expect(() => parseAddress(attributes)).toThrow(new NotAnEnvelopeError(message));
  });

  test.each(["run/2", "later/2", "start/0", "check/99999999999999999999", "close/3", "send/1"])(
    "of a version that isn't ours is read: %s",
    (errand) => {
      expect(() => parseAddress({ errand })).toThrow(UnknownVersionError);
    },
  );
});

test("arbitrary attributes are read or refused by one of two errors", () => {
  const value = fc.oneof(
    fc.string(),
    fc.double(),
    fc.constantFrom("run/1", "start/1", "check/1", "close/2", "send/2", "run/2", flowId, `${flowId}.a`, 7),
  );
  const name = fc.oneof(
    fc.constantFrom("errand", "flow", "id", "job", "run", "deadline", "again", "armedAt"),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.dictionary(name, value, { maxKeys: 8 }), (attributes) => {
      const kind = kindOf(() => parseAddress(attributes).kind);
      const errors = ["NotAnEnvelopeError", "UnknownVersionError"];
      expect(["start", "check", "close", "send", "run", ...errors]).toContain(kind);
    }),
    { seed: 1, numRuns: 2000 },
  );
});

function kindOf(read: () => string): string {
  try {
    return read();
  } catch (error) {
    return (error as Error).name;
  }
}
