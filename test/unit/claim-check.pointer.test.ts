import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { formatPointer, parsePointer } from "../../shared/claim-check/pointer.ts";

const current = "software.amazon.payloadoffloading.PayloadS3Pointer";
const legacy = "com.amazon.sqs.javamessaging.MessageS3Pointer";

test("a pointer is written to the byte as the AWS extended clients do", () => {
  expect(formatPointer({ bucket: "B", key: "K" })).toBe(
    `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"B","s3Key":"K"}]`,
  );
});

test.each([
  ["as the current clients write it", `["${current}",{"s3BucketName":"B","s3Key":"K"}]`],
  ["as the Java client 1.x writes it", `["${legacy}",{"s3BucketName":"B","s3Key":"K"}]`],
  ["as Python's does, with spaces", `["${current}", {"s3BucketName": "B", "s3Key": "K"}]`],
  ["over several lines", `[\n  "${legacy}",\n  { "s3Key": "K", "s3BucketName": "B" }\n]`],
  ["with fields that aren't ours", `["${current}",{"s3BucketName":"B","s3Key":"K","more":1}]`],
])("a pointer is read %s", (_, body) => {
  expect(parsePointer(body)).toEqual({ bucket: "B", key: "K" });
});

test("a pointer is read as it was written, the longest as well", () => {
  const text = (maxLength: number) => fc.string({ unit: "binary", maxLength });
  fc.assert(
    fc.property(text(63), text(300), (bucket, key) => {
      expect(parsePointer(formatPointer({ bucket, key }))).toEqual({ bucket, key });
    }),
    { seed: 1 },
  );
  const longest = { bucket: "b".repeat(63), key: "\u0001".repeat(1024) };
  expect(parsePointer(formatPointer(longest))).toEqual(longest);
});

describe("no pointer is", () => {
  test.each([
    ["nothing", ""],
    ["text", "hello"],
    ["an envelope", `{"version":1}`],
    ["null", "null"],
    ["an empty list", "[]"],
    ["a list of nulls", "[null,null]"],
    ["the class alone", `["${current}"]`],
    ["a class without a place", `["${current}",null]`],
    ["a place that is a list", `["${current}",["B","K"]]`],
    ["a place that is a text", `["${current}","s3://B/K"]`],
    ["a place without a key", `["${current}",{"s3BucketName":"B"}]`],
    ["a key that is a number", `["${current}",{"s3BucketName":"B","s3Key":7}]`],
    ["a bucket that is null", `["${current}",{"s3BucketName":null,"s3Key":"K"}]`],
    ["three parts", `["${current}",{"s3BucketName":"B","s3Key":"K"},1]`],
    ["another class", `["java.lang.Runtime",{"s3BucketName":"B","s3Key":"K"}]`],
    ["a class in capitals", `["${current.toUpperCase()}",{"s3BucketName":"B","s3Key":"K"}]`],
    ["half of one", `["${current}",{"s3BucketName":"B"`],
    [
      "one with a megabyte of spaces",
      `["${current}",${" ".repeat(1024 * 1024)}{"s3BucketName":"B","s3Key":"K"}]`,
    ],
    ["10 000 levels of nesting", "[".repeat(5000) + "]".repeat(3000)],
  ])("%s", (_, body) => {
    expect(parsePointer(body)).toBeUndefined();
  });

  test("an arbitrary text, and none throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => expect(parsePointer(body)).toBeUndefined()),
      { seed: 1 },
    );
  });
});
