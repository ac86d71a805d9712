import { optional } from "valibot";
import { defineJob } from "../../shared/index.ts";
import { emailAddress, line, locale, plan, record } from "../schemas.ts";

/**
 * Sends the welcome email. An email can't be taken back, so it goes out once; cut off in the middle, once more at the most.
 *
 * Its attempts are for a mail service that fails hour after hour without saying that it is down (500, SMTP's 451): they
 * last for six hours on average, and end within two once in 10 000 000 000 jobs (send-welcome-email.patience.test.ts).
 * Half an hour between them is what mail servers wait (RFC 5321, 4.5.4.1). None of them has sent anything.
 */
export const sendWelcomeEmail = defineJob({
  name: "send-welcome-email",
  input: record({ email: emailAddress, name: line(1, 200), plan, locale: optional(locale) }),
  workers: 10,
  timeoutSeconds: 10,
  attempts: 32,
  backoff: { baseSeconds: 10, maximumSeconds: 1800 },
  effect: { once: "resend" },
  // A new connection over TLS and one call in the same region: assumed, to the fast side. What the account takes a second
  // is the deployment's to say (docs/mail.md).
  rate: { secondsEach: 0.1 },
  uses: ["mail"],
});
