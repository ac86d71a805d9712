import { SESClient, type SESClientConfig, SendRawEmailCommand } from "@aws-sdk/client-ses";
import type { Mailer } from "./mailer.ts";
import { beforeHttp, createMailerBySes, oneAttempt, type SesMailerOptions } from "./ses-sending.ts";

/**
 * Sends by SES v1, for what has no v2 (LocalStack's free edition). See `Mailer` for what its errors mean,
 * `ses-rules.ts` for which is which.
 */
export function createSesV1Mailer({
  client: config,
  configurationSet: ConfigurationSetName,
}: SesMailerOptions<SESClientConfig> = {}): Mailer {
  const client = new SESClient({ ...config, ...oneAttempt });
  return createMailerBySes({
    send({ from, to }, { raw, signal, witness }) {
      const command = new SendRawEmailCommand({
        Source: from.address,
        Destinations: [to.address],
        RawMessage: { Data: raw },
        ConfigurationSetName,
      });
      command.middlewareStack.add(witness, beforeHttp);
      return client.send(command, { abortSignal: signal });
    },
    close: () => client.destroy(),
  });
}
