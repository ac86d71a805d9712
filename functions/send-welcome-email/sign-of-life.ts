import { PermanentError } from "../../shared/index.ts";
import type { MailAddress, Mailer, MailMessage } from "./mailer.ts";
import { automatic, messageId } from "./welcome-email.ts";

export interface SignOfLifeOptions {
  readonly from: MailAddress;
  /** `<flow>.<key>` of the job that asks; gives the mail its Message-ID. */
  readonly jobId: string;
  readonly signal: AbortSignal;
}

/**
 * Whether mail leaves again, asked by a job that has none to send: with a mail to the sender itself. Nothing less goes
 * through all that a mail can be held by (the connection, the login, the sender, the account's quota), and no other
 * recipient is one that every account may send to. One refused for good is an answer too: the service is there.
 * Throws what the mailer throws else.
 */
export async function askForLife(mailer: Mailer, { from, jobId, signal }: SignOfLifeOptions): Promise<void> {
  await mailer.send(composeSignOfLife(from, jobId), { signal }).catch((error: unknown) => {
    if (!(error instanceof PermanentError)) throw error;
  });
}

function composeSignOfLife(from: MailAddress, jobId: string): MailMessage {
  const text =
    "Mail of this service could not leave for a while. This one was sent to its sender to find out whether it can again: it can.";
  return {
    ...{ from, to: from, text, html: `<p>${text}</p>` },
    subject: "Mail leaves again",
    messageId: messageId(`${jobId}.probe`, from.address),
    headers: automatic,
  };
}
