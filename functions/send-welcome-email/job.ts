import { optional } from "valibot";
import { defineJob } from "../../shared/index.ts";
import { emailAddress, line, locale, plan, record } from "../schemas.ts";

/** Sends the welcome email. An email can't be taken back, so it goes out once; cut off in the middle, once more at the most. */
export const sendWelcomeEmail = defineJob({
  name: "send-welcome-email",
  input: record({ email: emailAddress, name: line(1, 200), plan, locale: optional(locale) }),
  workers: 10,
  timeoutSeconds: 10,
  effect: { once: "resend" },
  uses: ["mail"],
});
