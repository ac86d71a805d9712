import { SESClient, VerifyEmailIdentityCommand } from "@aws-sdk/client-ses";
import { parseSender } from "../../functions/environment.ts";
import { standInVariables } from "../stand-in-environment.ts";
import { DeployError } from "./deploy-error.ts";
import type { EmulatorDeploy } from "./deploy-service.ts";

/**
 * Verifies the sender of mail, whom no template can verify there (`infra/targets.ts`): without it SES refuses the mail.
 * @throws DeployError where nothing answers at the endpoint.
 */
export async function verifySender({ endpoint, context }: EmulatorDeploy): Promise<void> {
  const { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = standInVariables(endpoint);
  const client = new SESClient({
    ...{ endpoint, region: AWS_REGION },
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
  });
  const EmailAddress = addressOf(context["mailFrom"]);
  try {
    await client.send(new VerifyEmailIdentityCommand({ EmailAddress }));
  } catch (error) {
    const got = error instanceof Error ? `${error.name} ${error.message}`.trim() : String(error);
    throw new DeployError(
      `LocalStack: an answer at ${endpoint} (docker compose up --detach --wait starts one), got ${got}`,
    );
  } finally {
    client.destroy();
  }
}

function addressOf(sender = ""): string {
  try {
    return parseSender(sender).address;
  } catch (error) {
    throw new DeployError(error instanceof Error ? error.message : String(error));
  }
}
