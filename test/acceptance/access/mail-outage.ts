import {
  CreateEmailIdentityCommand,
  DeleteEmailIdentityCommand,
  ListEmailIdentitiesCommand,
  SESv2Client,
} from "@aws-sdk/client-sesv2";

/** So that SES refuses every mail, whatever it is, as where somebody has deleted the sender: without any identity, while `during` lasts. */
export async function withoutIdentities<Value>(during: () => Promise<Value>): Promise<Value> {
  const client = new SESv2Client();
  try {
    const { EmailIdentities = [] } = await client.send(new ListEmailIdentitiesCommand({}));
    const names = EmailIdentities.map(({ IdentityName: EmailIdentity = "" }) => ({ EmailIdentity }));
    for (const name of names) await client.send(new DeleteEmailIdentityCommand(name));
    try {
      return await during();
    } finally {
      for (const name of names) await client.send(new CreateEmailIdentityCommand(name));
    }
  } finally {
    client.destroy();
  }
}
