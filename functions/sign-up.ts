import { optional } from "valibot";
import { defineFlow } from "../shared/index.ts";
import { createProfile, maximumBioBytes } from "./create-profile/job.ts";
import { renderReceipt } from "./render-receipt/job.ts";
import { emailAddress, line, locale, plan, prose, record } from "./schemas.ts";
import { sendWelcomeEmail } from "./send-welcome-email/job.ts";

/** What a person types in to sign up. */
export const signUpInput = record({
  email: emailAddress,
  name: line(1, 200),
  plan: optional(plan, "free"),
  locale: optional(locale),
  bio: optional(prose(maximumBioBytes)),
});

/** Signing up: the welcome email, the profile and the receipt, side by side. */
export const signUp = defineFlow({
  name: "sign-up",
  input: signUpInput,
  plan: ({ bio, ...person }) => [
    sendWelcomeEmail.with(person),
    createProfile.with(bio === undefined ? person : { ...person, bio }),
    renderReceipt.with(person),
  ],
});
