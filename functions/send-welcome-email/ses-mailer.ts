import { SESv2Client, type SESv2ClientConfig, SendEmailCommand } from "@aws-sdk/client-sesv2";
import type { Mailer } from "./mailer.ts";
import { beforeHttp, createMailerBySes, oneAttempt, type SesMailerOptions } from "./ses-sending.ts";

/** Sends by SES v2. See `Mailer` for what its errors mean, `ses-rules.ts` for which is which. */
export function createSesMailer({
  client: config,
  configurationSet: ConfigurationSetName,
}: SesMailerOptions<SESv2ClientConfig> = {}): Mailer {
  const client = new SESv2Client({ ...config, ...oneAttempt });
  return createMailerBySes({
    send({ from, to }, { raw, signal, witness }) {
      const command = new SendEmailCommand({
        FromEmailAddress: from.address,
        Destination: { ToAddresses: [to.address] },
        Content: { Raw: { Data: raw } },
        ConfigurationSetName,
      });
      command.middlewareStack.add(witness, beforeHttp);
      return client.send(command, { abortSignal: signal });
    },
    close: () => client.destroy(),
  });
}
