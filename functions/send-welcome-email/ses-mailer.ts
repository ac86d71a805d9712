import { SESv2Client, type SESv2ClientConfig, SendEmailCommand } from "@aws-sdk/client-sesv2";
import MailComposer from "nodemailer/lib/mail-composer";
import { mailOptions } from "./mail-options.ts";
import type { Mailer, MailMessage } from "./mailer.ts";
import { sesJobError } from "./ses-errors.ts";

export interface SesMailerOptions {
  /** Region, endpoint, credentials; what makes a send safe is set here and can't be changed by it. */
  readonly client?: Omit<SESv2ClientConfig, "maxAttempts" | "requestHandler">;
  /** The SES configuration set of these mails. Default: the identity's own. */
  readonly configurationSet?: string;
}

/**
 * Sends by SES v2. See `Mailer` for what its errors mean, `ses-errors.ts` for which is which.
 *
 * One attempt, since `SendEmail` has no idempotency token. A connection for each mail: one kept over a pause (Lambda
 * freezes its process between invocations) may be dead, and its reset would look like a lost answer.
 */
export function createSesMailer(options: SesMailerOptions = {}): Mailer {
  const client = new SESv2Client({
    ...options.client,
    maxAttempts: 1,
    requestHandler: {
      // below a job's timeout (10 s by default): no connection is then a clear error, and no unknown outcome
      connectionTimeout: 3_000,
      httpAgent: { keepAlive: false },
      httpsAgent: { keepAlive: false },
    },
  });

  return {
    async send(message, { signal }) {
      let handedOver = false;
      let cause: unknown;
      try {
        signal.throwIfAborted();
        const command = await sendEmailCommand(message, options.configurationSet);
        command.middlewareStack.add(
          (next) => async (args) => {
            // the last step before the HTTP client, which refuses a request that is aborted by then
            handedOver = !signal.aborted;
            try {
              return await next(args);
            } catch (error) {
              // as it was thrown: the steps around this one may wrap it and lose its code
              cause = error;
              throw error;
            }
          },
          { step: "finalizeRequest", priority: "low", name: "witness" },
        );
        const { MessageId } = await client.send(command, { abortSignal: signal });
        return { messageId: MessageId ?? message.messageId };
      } catch (error) {
        throw sesJobError(cause ?? error, handedOver);
      }
    },
    close() {
      client.destroy();
    },
  };
}

async function sendEmailCommand(message: MailMessage, configurationSet?: string): Promise<SendEmailCommand> {
  const raw = await new MailComposer({ ...mailOptions(message), newline: "windows" }).compile().build();
  return new SendEmailCommand({
    FromEmailAddress: message.from.address,
    Destination: { ToAddresses: [message.to.address] },
    Content: { Raw: { Data: raw } },
    ...(configurationSet === undefined ? {} : { ConfigurationSetName: configurationSet }),
  });
}
