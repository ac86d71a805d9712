import { setTimeout } from "node:timers/promises";
import { NotDoneError, type RateLimit, RetryAfterError } from "../../shared/index.ts";
import type { Mailer } from "./mailer.ts";

/**
 * A mailer that takes a turn before each mail, and waits for it: for an account that takes fewer mails a second than the
 * workers send. Throws a RetryAfterError where its turn is too far off.
 */
export function limitMailer(mailer: Mailer, rate: RateLimit): Mailer {
  return {
    async send(message, { signal }) {
      const milliseconds = await rate.turn().catch((error: unknown) => {
        if (error instanceof RetryAfterError) throw error;
        // The ledger's trouble: whatever it is, nothing was sent.
        throw new NotDoneError("No turn to send could be had");
      });
      // Aborted, it goes on to the mailer, which knows what to say of a mail that it didn't send.
      await setTimeout(milliseconds, undefined, { signal }).catch(() => {});
      return mailer.send(message, { signal });
    },
    close: () => mailer.close(),
  };
}
