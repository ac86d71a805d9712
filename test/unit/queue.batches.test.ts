import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { batches, maximumMessageBytes, messageBytes } from "../../shared/queue/batches.ts";

const mebibyte = 1024 * 1024;

test("a message's size is body and attribute names, types and values in UTF-8 bytes", () => {
  expect(messageBytes({ body: "aδ😀", attributes: {} })).toBe(7);
  expect(messageBytes({ body: "", attributes: { näme: "välue", number: 12_345 } })).toBe(
    5 + 6 + 6 + (6 + 6 + 5),
  );
});

test("messages are cut in order, at ten or 1 MiB, and none is lost", () => {
  const message = fc
    .tuple(fc.oneof(fc.nat(100), fc.nat(mebibyte + 100)), fc.constantFrom("x", "δ"), fc.boolean())
    .map(([size, letter, named]) => ({
      body: letter.repeat(Math.ceil(size / Buffer.byteLength(letter))),
      attributes: named ? { job: "mail" } : {},
    }));
  fc.assert(
    fc.property(fc.array(message, { maxLength: 30 }), (messages) => {
      const cut = batches(messages);
      expect(cut.flat()).toEqual(messages.map((_, index) => index));
      for (const indices of cut) {
        expect(indices.length).toBeGreaterThan(0);
        expect(indices.length).toBeLessThanOrEqual(10);
        const sizes = indices.map((index) => messageBytes(messages[index] ?? { body: "", attributes: {} }));
        const total = sizes.reduce((sum, size) => sum + size, 0);
        if (indices.length > 1) expect(total).toBeLessThanOrEqual(maximumMessageBytes);
      }
    }),
    { seed: 1 },
  );
});

test("as many as fit go in one call", () => {
  const quarter = { body: "x".repeat(mebibyte / 4), attributes: {} };
  expect(batches(Array.from({ length: 5 }, () => quarter))).toEqual([[0, 1, 2, 3], [4]]);
  const small = { body: "x", attributes: {} };
  expect(batches(Array.from({ length: 20 }, () => small)).map(({ length }) => length)).toEqual([10, 10]);
  expect(batches([])).toEqual([]);
});
