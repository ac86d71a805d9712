import { expect, test } from "@jest/globals";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import { brokenPromises } from "../chaos/effects.ts";

const email = "zoe@example.com";
const flow: FlowView = { id: "f", name: "sign-up", status: "succeeded", version: 6, createdAt: "", jobs: [] };
const flows = new Map([[email, flow]]);
const effects = {
  mails: [{ to: email, at: 1 }],
  profiles: new Map([[email, "f.create-profile"]]),
  files: new Set(["f/render-receipt/0/receipt.pdf"]),
};
const noExcuse = { doubled: () => false };
const mailed = (...times: readonly number[]) => ({
  ...effects,
  mails: times.map((at) => ({ to: email, at })),
});

test("where everybody has all, nothing is broken", () => {
  expect(brokenPromises(flows, effects, noExcuse)).toEqual([]);
});

test.each([
  ["a flow that failed", new Map([[email, { ...flow, status: "failed" as const }]]), effects, "failed"],
  ["no profile", flows, { ...effects, profiles: new Map() }, "a profile by undefined"],
  [
    "another's profile",
    flows,
    { ...effects, profiles: new Map([[email, "g.create-profile"]]) },
    "a profile by g",
  ],
  ["no receipt", flows, { ...effects, files: new Set<string>() }, "no receipt"],
  ["no mail", flows, mailed(), "no mail"],
  ["two mails for no reason", flows, mailed(1, 2), "two mails, with nothing between them"],
  ["three mails", flows, mailed(1, 2, 3), "3 mails"],
  ["a mail to a stranger", new Map<string, FlowView>(), effects, "wasn't accepted"],
] as const)("%s is found", (_, these, done, words) => {
  expect(brokenPromises(these, done, noExcuse).join("\n")).toContain(words);
});

test("an excuse holds for two mails, never for three", () => {
  const excused = {
    doubled: (first: { at: number }, second: { at: number }) => first.at <= 1 && second.at >= 2,
  };
  expect(brokenPromises(flows, mailed(1, 2), excused)).toEqual([]);
  expect(brokenPromises(flows, mailed(1, 2, 3), excused)).toHaveLength(1);
});
