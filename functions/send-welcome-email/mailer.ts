/** A mailbox and the name shown with it. The parts stay apart, so that no name is ever parsed for addresses. */
export interface MailAddress {
  readonly name: string;
  /** `local@domain`, ASCII. */
  readonly address: string;
}

/** One mail to one recipient, complete but for its `Date`, which the mailer sets when it sends. */
export interface MailMessage {
  readonly from: MailAddress;
  readonly to: MailAddress;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** With its angle brackets, as in the header. */
  readonly messageId: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The port by which a mail leaves. An adapter sends at most once: it never repeats a message that may have gone.
 *
 * What `send` throws says what is known of the mail:
 * - `PermanentError`: the service refused it, and would refuse it again.
 * - `RetryAfterError`: not sent, too many at a time.
 * - `OutageError`: not sent, and no other mail would be.
 * - `UnknownOutcomeError`: it may have gone (the answer was lost, or the signal aborted while waiting for it).
 * - `NotDoneError`: not sent, or refused for now; trying again is safe.
 *
 * Each adapter has a table of which is which: `ses-rules.ts`, `smtp-rules.ts`.
 *
 * The messages of these errors are the adapter's own words with codes of the service at most: no addresses, no
 * names, no text of the service, since they are stored in the ledger and stand on dead letters.
 */
export interface Mailer {
  /** Resolves when the service has taken the mail over; `messageId` is the id by which the service knows it. */
  send(
    message: MailMessage,
    options: { readonly signal: AbortSignal },
  ): Promise<{ readonly messageId: string }>;
  /** Frees the connections at once; a mail still under way fails as if the connection was cut. */
  close(): void;
}
