import * as v from "valibot";
import { defineCatalog } from "../../shared/catalog/catalog.ts";
import { defineFlow } from "../../shared/catalog/flow.ts";
import { defineJob } from "../../shared/catalog/job.ts";

const input = v.object({ text: v.string() });

/** The schema of a bad deploy. */
export const refuseAll = v.never();

/** One job of each kind: an effect that may be repeated once when unknown, one that may not, and one that may be repeated. */
const mail = defineJob({ name: "mail", input, workers: 3, effect: { once: "resend" } });
const payment = defineJob({ name: "payment", input, workers: 2, effect: { once: "fail" } });
const receipt = defineJob({ name: "receipt", input, workers: 2 });

export const signUp = defineFlow({
  name: "sign-up",
  input,
  plan: (person) => [mail.with(person), payment.with(person), receipt.with(person)],
});

export const catalog = defineCatalog({ flows: [signUp], jobs: [mail, payment, receipt] });
