import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { missingEntries, withoutHash } from "../../scripts/complete-lock.js";
import { firstDifference, isNodeRecentEnough } from "../../scripts/install-missing.js";

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));

test("the lock file names the native packages of every platform (else: node scripts/complete-lock.js)", () => {
  expect(missingEntries(lock.packages)).toEqual({});
});

test("a platform package that npm left out is completed from what its parent pins", () => {
  const packages = {
    "node_modules/tool": {
      version: "1.2.3",
      dev: true,
      optionalDependencies: { "@tool/linux-arm64-musl": "1.2.3" },
    },
  };
  expect(missingEntries(packages)).toEqual({
    "node_modules/@tool/linux-arm64-musl": {
      version: "1.2.3",
      dev: true,
      optional: true,
      os: ["linux"],
      cpu: ["arm64"],
      libc: ["musl"],
    },
  });
});

test("the lock file has the hash of each package, of every platform (else: node scripts/complete-lock.js)", () => {
  expect(withoutHash(lock.packages)).toEqual([]);
  expect(withoutHash({ "": {}, a: { version: "1.0.0" }, b: { link: true }, c: { inBundle: true } })).toEqual([
    "a",
  ]);
});

test("the lock file names no registry", () => {
  expect(JSON.stringify(lock)).not.toContain('"resolved"');
});

test.each([
  ["the same package", { a: { version: "1.0.0" } }, undefined],
  ["an older one", { a: { version: "0.9.0" } }, "a"],
  ["the same version with other contents", { a: { version: "1.0.0", integrity: "sha512-b" } }, "a"],
  ["none", {}, "a"],
])("what is installed is compared with what is locked: %s", (_name, installed, difference) => {
  const locked = {
    "": { version: "9.9.9" },
    a: { version: "1.0.0" },
    other: { version: "1.0.0", optional: true },
  };
  expect(firstDifference(locked, installed)).toBe(difference);
});

test.each([
  ["20.20.2", undefined, false],
  ["22.17.1", "strip", false],
  ["22.18.0", "strip", true],
  ["22.18.0", false, false],
  ["24.18.0", "strip", true],
] as const)("Node %s with type stripping %s is recent enough: %s", (version, stripsTypes, expected) => {
  expect(isNodeRecentEnough(version, stripsTypes)).toBe(expected);
});
