import { DeleteIdentityCommand, SESClient } from "@aws-sdk/client-ses";
import {
  CreateEmailIdentityCommand,
  DeleteEmailIdentityCommand,
  ListEmailIdentitiesCommand,
  SESv2Client,
} from "@aws-sdk/client-sesv2";

/**
 * So that SES refuses every mail, whatever it is, as where somebody has deleted the sender: without any identity, while
 * `during` lasts. In MiniStack either version has one of its own, and one of them is enough to send.
 */
export async function withoutIdentities<Value>(during: () => Promise<Value>): Promise<Value> {
  const [v1, v2] = [new SESClient(), new SESv2Client()];
  try {
    const { EmailIdentities = [] } = await v2.send(new ListEmailIdentitiesCommand({}));
    const names = EmailIdentities.map(({ IdentityName = "" }) => IdentityName);
    if (names.length === 0) throw new Error("SES: an identity that can be deleted, got none");
    for (const name of names) {
      await v2.send(new DeleteEmailIdentityCommand({ EmailIdentity: name }));
      await v1.send(new DeleteIdentityCommand({ Identity: name }));
    }
    try {
      return await during();
    } finally {
      for (const name of names) await v2.send(new CreateEmailIdentityCommand({ EmailIdentity: name }));
    }
  } finally {
    v1.destroy();
    v2.destroy();
  }
}
