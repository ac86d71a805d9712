import type { Readable } from "node:stream";
import { createTransport, type SendMailOptions } from "nodemailer";
import { partiesOf } from "./mail-failure.ts";
import { mailOptions } from "./mail-options.ts";
import type { Mailer } from "./mailer.ts";
import { smtpJobError } from "./smtp-errors.ts";

export interface SmtpMailerOptions {
  /** `smtp://host:port`, or `smtps://` for TLS from the first byte; with `user:password@` where the server asks for it. */
  readonly url: string;
  /** Connections at most, each taking one mail at a time. Default: 10, as many as the job has workers. */
  readonly connections?: number;
}

interface Tracked extends SendMailOptions {
  /** The content as the connection reads it, one for each connection that was tried. */
  readonly contents: Readable[];
}

/**
 * Sends by SMTP over kept connections. See `Mailer` for what its errors mean, `smtp-rules.ts` for which is which.
 *
 * The signal is the deadline; the timeouts here only end what it would leave open for longer. A kept connection that
 * turns out dead before a byte of the content was read is replaced once (`maxRequeues`): nothing is sent twice by it.
 */
export function createSmtpMailer(options: SmtpMailerOptions): Mailer {
  const transport = createTransport({
    pool: true,
    url: options.url,
    maxConnections: options.connections ?? 10,
    maxRequeues: 1,
    connectionTimeout: 5_000,
    greetingTimeout: 5_000,
    socketTimeout: 60_000,
    // long enough for a burst; shorter than any server's patience, which would cut the connection under a mail
    idleTimeout: 5_000,
    // destroy instead of a half-close: what an aborted mail has left in the buffer must not be flushed to its end
    socketCloseTimeout: 0,
  });
  transport.use("stream", (mail, done) => {
    const { contents } = mail.data as Tracked;
    mail.message.processFunc((content) => {
      contents.push(content);
      return content;
    });
    done();
  });

  return {
    async send(message, { signal }) {
      const mail: Tracked = { ...mailOptions(message), signal, contents: [] };
      try {
        await transport.sendMail(mail);
      } catch (error) {
        // the content is read only after the server's 354 to DATA, so reading it is sending it
        const begun = mail.contents.some((content) => content.readableDidRead);
        throw smtpJobError(error, begun, partiesOf(message));
      }
      return { messageId: message.messageId };
    },
    close() {
      transport.close({ force: true });
    },
  };
}
