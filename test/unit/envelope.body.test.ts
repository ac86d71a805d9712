import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  encodeEnvelope,
  envelopeOf,
  NotAnEnvelopeError,
  parseEnvelope,
  UnknownVersionError,
} from "../../shared/envelope/envelope.ts";
import { envelopeWith } from "../support/builders.ts";

describe("an envelope", () => {
  test("is read as it was written", () => {
    const envelope = envelopeWith({
      mail: { name: "Zoë", list: [1, null, { a: "\u0000\ud800" }] },
      pdf: null,
    });
    expect(parseEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
  });

  test("is read as it was written, whatever its input, in characters that every queue takes", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), fc.string({ unit: "binary" }), (input, text) => {
        const envelope = envelopeWith({ mail: { input, text, last: "\uffff😀" } });
        const body = encodeEnvelope(envelope);
        expect(body).not.toMatch(/[^\x20-\ud7ff\ue000-\ufffd]/);
        expect(JSON.stringify(parseEnvelope(body))).toBe(JSON.stringify(envelope));
      }),
      { seed: 1 },
    );
  });

  test("of one job has that job alone", () => {
    const whole = envelopeWith({ mail: { a: 1 }, pdf: { b: 2 } });
    expect(envelopeOf(whole, "pdf")).toEqual({ ...whole, jobs: { pdf: { job: "pdf", input: { b: 2 } } } });
    expect(envelopeOf(whole, "nowhere").jobs).toEqual({});
  });

  test("of a newer deploy may have fields that this one doesn't know", () => {
    const newer = { ...envelopeWith(), later: 1, flow: { ...envelopeWith().flow, tenant: "x" } };
    expect(parseEnvelope(JSON.stringify(newer))).toEqual(envelopeWith());
  });

  test("keeps a job's key apart from what every object has", () => {
    const body = encodeEnvelope(envelopeWith({})).replace(
      `"jobs":{}`,
      `"jobs":{"__proto__":{"job":"mail","input":1}}`,
    );
    const { jobs } = parseEnvelope(body);
    expect(Object.keys(jobs)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(jobs)).toBe(Object.prototype);
  });
});

describe("no envelope", () => {
  const valid = envelopeWith({ mail: {} });
  test.each([
    ["", "body: JSON, got something else"],
    ["hello", "body: JSON, got something else"],
    ["null", "body: an object, got object"],
    ["[]", "body: an object, got an array"],
    ["7", "body: an object, got number"],
    ["{}", "version: a number, got undefined"],
    [`{"version":"1"}`, "version: a number, got string"],
    [JSON.stringify({ ...valid, flow: null }), "flow: an object, got object"],
    [JSON.stringify({ ...valid, flow: { ...valid.flow, id: 7 } }), "flow.id: a string, got number"],
    [
      JSON.stringify({ ...valid, flow: { ...valid.flow, createdAt: "now" } }),
      "flow.createdAt: a number, got string",
    ],
    [JSON.stringify({ ...valid, jobs: [] }), "jobs: an object, got an array"],
    [JSON.stringify({ ...valid, jobs: { mail: 7 } }), "jobs.mail: an object, got number"],
    [JSON.stringify({ ...valid, jobs: { mail: { job: 7 } } }), "jobs.mail.job: a string, got number"],
  ])("is in %s", (body, message) => {
    expect(() => parseEnvelope(body)).toThrow(new NotAnEnvelopeError(message));
  });

  test("of another version is read", () => {
    const refusal = new UnknownVersionError(2);
    expect(() => parseEnvelope(`{"version":2,"entirely":"different"}`)).toThrow(refusal);
    expect(refusal.message).toBe("version: 1, got 2");
  });
});

test("an arbitrary body is read or refused by one of two errors", () => {
  const almost = fc
    .record({ version: fc.anything(), flow: fc.anything(), jobs: fc.anything() }, { requiredKeys: [] })
    .map((value) => JSON.stringify(value) ?? "");
  const truncated = fc.nat(200).map((length) => encodeEnvelope(envelopeWith()).slice(0, length));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), almost, truncated), (body) => {
      try {
        expect(parseEnvelope(body).version).toBe(1);
      } catch (error) {
        expect([NotAnEnvelopeError, UnknownVersionError]).toContain((error as Error).constructor);
      }
    }),
    { seed: 1, numRuns: 2000 },
  );
});
