import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { findingsOf, troublesOf } from "../../scripts/audit.js";

/** What `npm audit --json` says, shortened: one advisory, reached by two packages. */
const report = {
  auditReportVersion: 2,
  vulnerabilities: {
    minimist: {
      via: [
        {
          source: 1097677,
          name: "minimist",
          title: "Prototype Pollution in minimist",
          url: "https://github.com/advisories/GHSA-xvch-5gv4-984h",
          severity: "critical",
        },
      ],
    },
    mkdirp: { via: ["minimist"] },
  },
};
const id = "GHSA-xvch-5gv4-984h";
const finding = { id, name: "minimist", severity: "critical", title: "Prototype Pollution in minimist" };

test("an advisory is found once, however many packages lead to it", () => {
  expect(findingsOf(report)).toEqual([finding]);
  expect(findingsOf({ vulnerabilities: {} })).toEqual([]);
});

test("a registry that answers no audit has said nothing, least of all that all is well", () => {
  expect(findingsOf({ message: "405 Method Not Allowed", error: {} })).toBeUndefined();
  expect(findingsOf({})).toBeUndefined();
});

test("an advisory needs a reason, a reason its advisory, and both a sentence", () => {
  const reason = { [id]: "Only its command line is hit, which nothing here runs." };
  expect(troublesOf([finding], reason)).toEqual([]);
  expect(troublesOf([finding], {})).toEqual([
    `${id}: a mended version or a reason, got critical minimist: Prototype Pollution in minimist`,
  ]);
  expect(troublesOf([], reason)).toEqual([
    `${id}: an advisory that is still there, got none: take its reason out`,
  ]);
  expect(troublesOf([finding], { [id]: "later" })).toEqual([
    `${id}: a reason of at least 20 characters, got "later"`,
  ]);
});

test("the reasons that are there can be read", () => {
  const reasons = JSON.parse(readFileSync(".ci/audit-reasons.json", "utf8")) as Record<string, unknown>;
  for (const [id, reason] of Object.entries(reasons))
    expect(troublesOf([{ ...finding, id }], { [id]: reason })).toEqual([]);
});
