import { expect, test } from "@jest/globals";
import { catalog } from "../../functions/catalog.ts";
import { createProfile } from "../../functions/create-profile/job.ts";
import { normaliseEmail } from "../../functions/create-profile/profiles.ts";
import { flowView } from "../../shared/index.ts";
import { flowRecord } from "../support/builders.ts";

test("whoever signed up sees no difference between a new profile and one that was there", () => {
  const views = [true, false].map((created) => {
    const result = JSON.stringify({ created });
    return flowView(flowRecord({ "create-profile": { status: "succeeded", attempts: 1, result } }), catalog);
  });
  expect(views[1]).toEqual(views[0]);
  expect(JSON.stringify(views)).not.toContain('created"');
});

test("the definition makes no field of the result public", () => {
  expect(createProfile.publicResult ?? []).toEqual([]);
});

test.each([
  ["another case", "ZOE@Example.COM", "zoe@example.com"],
  ["a decomposed letter", "zoe\u0308@example.com", "zo\u00eb@example.com"],
  ["nothing to change", "zoe+tag@example.com", "zoe+tag@example.com"],
])("an address with %s has one spelling", (_, email, spelling) => {
  expect(normaliseEmail(email)).toBe(spelling);
});
