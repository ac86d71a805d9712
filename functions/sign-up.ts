import { optional } from "valibot";
import { defineFlow } from "../shared/index.ts";
import { createProfile, maximumBioBytes } from "./create-profile/job.ts";
import { renderReceipt } from "./render-receipt/job.ts";
import { resizeAvatar } from "./resize-avatar/job.ts";
import { emailAddress, line, locale, plan, prose, record } from "./schemas.ts";
import { sendWelcomeEmail } from "./send-welcome-email/job.ts";
import { uploadId } from "./uploads.ts";

/** What a person types in to sign up. */
export const signUpInput = record({
  email: emailAddress,
  name: line(1, 200),
  plan: optional(plan, "free"),
  locale: optional(locale),
  bio: optional(prose(maximumBioBytes)),
  /** Claimed for the flow before it is started: its job reads the flow's own copy. */
  avatar: optional(uploadId),
});

/** Signing up: the welcome email, the profile, the receipt, and the avatar's pictures where there is one, side by side. */
export const signUp = defineFlow({
  name: "sign-up",
  input: signUpInput,
  plan: ({ bio, avatar, ...person }) => [
    sendWelcomeEmail.with(person),
    createProfile.with(bio === undefined ? person : { ...person, bio }),
    renderReceipt.with(person),
    ...(avatar === undefined ? [] : [resizeAvatar.with({ upload: avatar })]),
  ],
});
