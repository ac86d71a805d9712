import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { lockedPackages } from "../../infra/constructs/locked-packages.ts";

const own = JSON.parse(readFileSync("package-lock.json", "utf8")).packages;
const arm = { cpu: "arm64" } as const;

test("a package comes with all that it needs, for every platform, and nothing else", () => {
  const locked = {
    "": { version: "1.0.0" },
    "node_modules/tool": {
      ...{ version: "1.2.3", integrity: "sha512-a", dependencies: { helper: "^1.0.0" } },
      optionalDependencies: { "@tool/linux-arm64": "1.2.3", "@tool/darwin-arm64": "1.2.3" },
    },
    "node_modules/@tool/linux-arm64": {
      integrity: "sha512-b",
      os: ["linux"],
      cpu: ["arm64"],
      libc: ["glibc"],
    },
    "node_modules/@tool/darwin-arm64": { os: ["darwin"], cpu: ["arm64"] },
    "node_modules/helper": { version: "2.0.0", integrity: "sha512-c" },
    "node_modules/tool/node_modules/helper": { version: "1.0.0", integrity: "sha512-d" },
    "node_modules/other": { version: "1.0.0", integrity: "sha512-e" },
  };
  expect(Object.keys(lockedPackages(["tool"], locked, arm))).toEqual([
    "node_modules/@tool/darwin-arm64",
    "node_modules/@tool/linux-arm64",
    "node_modules/tool",
    "node_modules/tool/node_modules/helper",
  ]);
});

test.each([["arm64"], ["x64"]] as const)("sharp is locked with its hashes for Lambda's %s", (cpu) => {
  const names = Object.keys(lockedPackages(["sharp"], own, { cpu }));
  expect(names).toEqual(
    expect.arrayContaining([
      `node_modules/@img/sharp-linux-${cpu}`,
      `node_modules/@img/sharp-libvips-linux-${cpu}`,
    ]),
  );
});

test("a package of the platform without a hash is refused: a registry that lacks it has left none", () => {
  const locked = {
    "node_modules/tool": { integrity: "sha512-a", optionalDependencies: { "tool-linux": "1.0.0" } },
    "node_modules/tool-linux": { os: ["linux"], cpu: ["arm64"] },
  };
  expect(() => lockedPackages(["tool"], locked, arm)).toThrow(
    "package-lock.json: node_modules/tool-linux: an integrity hash, got nothing",
  );
  expect(() => lockedPackages(["tool"], locked, { cpu: "x64" })).not.toThrow();
});

test("a package that isn't locked is refused, unless it is another's option", () => {
  expect(() => lockedPackages(["nowhere"], {}, arm)).toThrow(
    "package-lock.json: nowhere: a package that is locked, got nothing",
  );
  const locked = {
    "node_modules/tool": { integrity: "sha512-a", optionalDependencies: { absent: "1.0.0" } },
  };
  expect(Object.keys(lockedPackages(["tool"], locked, arm))).toEqual(["node_modules/tool"]);
});
