import * as v from "valibot";
import { defineCatalog } from "../../shared/catalog/catalog.ts";
import { defineFlow } from "../../shared/catalog/flow.ts";
import { defineJob } from "../../shared/catalog/job.ts";

const input = v.object({ text: v.string() });

/** The schema of a bad deploy. */
export const refuseAll = v.never();

/** One job of each kind: an effect that may be repeated once when unknown, one that may not, and one that may be repeated, twice in a flow. */
export const welcome = defineJob({
  name: "welcome",
  input,
  workers: 3,
  effect: { once: "resend" },
  uses: ["mail"],
});
const payment = defineJob({ name: "payment", input, workers: 2, effect: { once: "fail" } });
const receipt = defineJob({ name: "receipt", input, workers: 2, uses: ["mail"] });

/** The job that an operator pauses. */
export const pausable = welcome.name;

export const signUp = defineFlow({
  name: "sign-up",
  input,
  plan: (person) => [
    welcome.with(person),
    payment.with(person),
    receipt.with(person),
    receipt.with(person, { key: "copy" }),
  ],
});

export const catalog = defineCatalog({ flows: [signUp], jobs: [welcome, payment, receipt] });
