import MailComposer from "nodemailer/lib/mail-composer";
import { partiesOf } from "./mail-failure.ts";
import { mailOptions } from "./mail-options.ts";
import type { Mailer, MailMessage } from "./mailer.ts";
import { sesJobError } from "./ses-errors.ts";

export interface SesMailerOptions<ClientConfig> {
  /** Region, endpoint, credentials; what makes a send safe is set here and can't be changed by it. */
  readonly client?: Omit<ClientConfig, "maxAttempts" | "requestHandler">;
  /** The SES configuration set of these mails. Default: the identity's own. */
  readonly configurationSet?: string | undefined;
}

/**
 * One attempt, since sending has no idempotency token in either version of SES. A connection for each mail: one kept
 * over a pause (Lambda freezes its process between invocations) may be dead, and its reset would look like a lost answer.
 */
export const oneAttempt = {
  maxAttempts: 1,
  requestHandler: {
    // below a job's timeout (10 s by default): no connection is then a clear error, and no unknown outcome
    connectionTimeout: 3_000,
    httpAgent: { keepAlive: false },
    httpsAgent: { keepAlive: false },
  },
};

/** One call of SES, watched. */
export interface SesRequest {
  /** The whole mail as it travels (RFC 5322, CRLF). */
  readonly raw: Uint8Array;
  readonly signal: AbortSignal;
  /** For the command's middleware: sees whether the signed request was handed over, and the error as it was thrown. */
  readonly witness: Middleware;
}

type Middleware = <Args, Result>(next: (args: Args) => Promise<Result>) => (args: Args) => Promise<Result>;

/** Where the witness stands: the last step before the HTTP client, which refuses a request that is aborted by then. */
export const beforeHttp = { step: "finalizeRequest", priority: "low", name: "witness" } as const;

/** The mailer over a client of SES, of whichever version: `send` makes the one call. */
export function createMailerBySes({
  send,
  close,
}: {
  send(message: MailMessage, request: SesRequest): Promise<{ readonly MessageId?: string | undefined }>;
  close(): void;
}): Mailer {
  return {
    async send(message, { signal }) {
      let handedOver = false;
      let cause: unknown;
      const witness: Middleware = (next) => async (args) => {
        handedOver = !signal.aborted;
        try {
          return await next(args);
        } catch (error) {
          // as it was thrown: the steps around this one may wrap it and lose its code
          cause = error;
          throw error;
        }
      };
      try {
        signal.throwIfAborted();
        const raw = await new MailComposer({ ...mailOptions(message), newline: "windows" }).compile().build();
        const { MessageId } = await send(message, { raw, signal, witness });
        return { messageId: MessageId ?? message.messageId };
      } catch (error) {
        throw sesJobError(cause ?? error, handedOver, partiesOf(message));
      }
    },
    close,
  };
}
