import * as v from "valibot";
import { defineCatalog, defineFlow, defineJob, type JobHandler } from "../../shared/index.ts";

/** A sign-up in shape and size, without its work: names, inputs and results as long as the service's own. */

const input = v.object({ email: v.string(), name: v.string(), plan: v.string() });

const sendWelcomeEmail = defineJob({
  name: "send-welcome-email",
  input,
  workers: 10,
  effect: { once: "resend" },
});
const createProfile = defineJob({ name: "create-profile", input });
const renderReceipt = defineJob({ name: "render-receipt", input, timeoutSeconds: 20 });

export const signUp = defineFlow({
  name: "sign-up",
  input,
  plan: (person) => [sendWelcomeEmail.with(person), createProfile.with(person), renderReceipt.with(person)],
});

export const catalog = defineCatalog({
  flows: [signUp],
  jobs: [sendWelcomeEmail, createProfile, renderReceipt],
});

export const person = { email: "ada@example.com", name: "Ada Lovelace", plan: "pro" };

const results: Readonly<Record<string, Awaited<ReturnType<JobHandler<unknown>>>>> = {
  [createProfile.name]: { created: true },
  [renderReceipt.name]: { file: "receipt.pdf" },
};

/** A handler that does nothing and answers what the real one would. */
export function idleHandler(job: string): JobHandler<unknown> {
  return async () => results[job];
}
