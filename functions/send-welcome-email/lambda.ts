import { awsDailyLimit, awsRateLimit, sqsWorker } from "../../shared/aws/index.ts";
import { createEngine } from "../engine.ts";
import { type Environment, readEnvironment } from "../environment.ts";
import { openSecretStore } from "../secret-store.ts";
import { createHandler } from "./handler.ts";
import { sendWelcomeEmail } from "./job.ts";
import { limitMailer } from "./limited-mailer.ts";
import { createMailboxKey } from "./mailbox-key.ts";
import type { Mailer } from "./mailer.ts";

export const handler = sqsWorker(sendWelcomeEmail, async () => {
  const environment = readEnvironment();
  const mailer = limited(await createMailer(environment), environment);
  return {
    ...createEngine(environment),
    handler: createHandler({
      mailer,
      from: environment.required("MAIL_FROM"),
      dailyLimit: awsDailyLimit({
        ledgerTable: environment.required("LEDGER_TABLE"),
        name: "welcome-email",
      }),
      mailboxKey: createMailboxKey(openSecretStore(environment.secretPlace("MAILBOX_KEY"))),
    }),
  };
});

/** Slowed down to what the account takes a second, where the deployment says so. */
function limited(mailer: Mailer, environment: Environment): Mailer {
  const perSecond = environment.mailRatePerSecond();
  if (perSecond === undefined) return mailer;
  const ledgerTable = environment.required("LEDGER_TABLE");
  return limitMailer(mailer, awsRateLimit({ ledgerTable, name: "mail", perSecond }));
}

/** Only the mailer in use is loaded: each costs a cold start of its own. */
async function createMailer(environment: Environment): Promise<Mailer> {
  const service = environment.mailService();
  if (service === "smtp") {
    const { createSmtpMailer } = await import("./smtp-mailer.ts");
    return createSmtpMailer({ url: environment.required("MAIL_SMTP_URL") });
  }
  const options = { configurationSet: environment.optional("MAIL_CONFIGURATION_SET") };
  if (service === "ses-v1") {
    const { createSesV1Mailer } = await import("./ses-v1-mailer.ts");
    return createSesV1Mailer(options);
  }
  const { createSesMailer } = await import("./ses-mailer.ts");
  return createSesMailer(options);
}
