import type { SSMClient } from "@aws-sdk/client-ssm";
import type { Clock } from "../clock/clock.ts";
import type { Entropy } from "../clock/entropy.ts";
import { type MasterSecret, newMasterSecret, rotated } from "./endpoint-secret.ts";
import { encodeMasterSecret, type MasterSecretStore, parseMasterSecret } from "./master-secret.ts";

/**
 * The master secret in a SecureString of the Parameter Store, which costs nothing: CloudFormation can't make one, so whoever first needs it
 * does. The client comes when it is first used: most copies of the function never sign anything.
 */
export function createSsmSecretStore({
  client,
  name,
  clock,
  entropy,
}: {
  readonly client: () => Promise<SSMClient>;
  /** The parameter's, with its path. */
  readonly name: string;
  readonly clock: Clock;
  readonly entropy: Entropy;
}): MasterSecretStore {
  async function get(): Promise<MasterSecret | undefined> {
    const { GetParameterCommand, ParameterNotFound } = await import("./ssm-parameters.ts");
    try {
      const command = new GetParameterCommand({ Name: name, WithDecryption: true });
      const { Parameter } = await (await client()).send(command);
      return parseMasterSecret(Parameter?.Value ?? "");
    } catch (error) {
      if (error instanceof ParameterNotFound) return undefined;
      throw error;
    }
  }

  /** False where another was faster. */
  async function put(secret: MasterSecret, overwrite: boolean): Promise<boolean> {
    const { ParameterAlreadyExists, PutParameterCommand } = await import("./ssm-parameters.ts");
    const command = new PutParameterCommand({
      Name: name,
      Value: encodeMasterSecret(secret),
      Type: "SecureString",
      Overwrite: overwrite,
      Description: "Signs webhooks",
    });
    try {
      await (await client()).send(command);
      return true;
    } catch (error) {
      if (error instanceof ParameterAlreadyExists) return false;
      throw error;
    }
  }

  async function read(): Promise<MasterSecret> {
    const found = await get();
    if (found) return found;
    const made = newMasterSecret(entropy);
    if (await put(made, false)) return made;
    const others = await get();
    if (others) return others;
    throw new Error(`${name}: a parameter that can be read, got none`);
  }

  return {
    read,
    async rotate() {
      const secret = rotated(await read(), entropy, clock.now());
      await put(secret, true);
      return secret;
    },
  };
}
