import type { SSMClient } from "@aws-sdk/client-ssm";
import type { Clock } from "../clock/clock.ts";
import type { Entropy } from "../clock/entropy.ts";
import { encodeMasterSecret, type MasterSecretStore, parseMasterSecret } from "./master-secret.ts";
import { type MasterSecret, newMasterSecret, rotated } from "./origin-secret.ts";

/** The secret, and how often it was written. */
interface Kept {
  readonly secret: MasterSecret;
  readonly version: number;
}

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
  async function get(): Promise<Kept | undefined> {
    const { GetParameterCommand, ParameterNotFound } = await import("./ssm-parameters.ts");
    try {
      const command = new GetParameterCommand({ Name: name, WithDecryption: true });
      const { Parameter } = await (await client()).send(command);
      return { secret: parseMasterSecret(Parameter?.Value ?? ""), version: Parameter?.Version ?? 0 };
    } catch (error) {
      if (error instanceof ParameterNotFound) return undefined;
      throw error;
    }
  }

  /** The version that it is now; undefined where another was faster. */
  async function put(secret: MasterSecret, overwrite: boolean): Promise<number | undefined> {
    const { ParameterAlreadyExists, PutParameterCommand } = await import("./ssm-parameters.ts");
    const command = new PutParameterCommand({
      Name: name,
      Value: encodeMasterSecret(secret),
      Type: "SecureString",
      Overwrite: overwrite,
      Description: "Signs webhooks",
    });
    try {
      const { Version = 0 } = await (await client()).send(command);
      return Version;
    } catch (error) {
      if (error instanceof ParameterAlreadyExists) return undefined;
      throw error;
    }
  }

  async function read(): Promise<Kept> {
    const found = await get();
    if (found) return found;
    const made = newMasterSecret(entropy);
    const version = await put(made, false);
    if (version !== undefined) return { secret: made, version };
    const others = await get();
    if (others) return others;
    throw new Error(`${name}: a parameter that can be read, got none`);
  }

  return {
    read: async () => (await read()).secret,
    async rotate(options) {
      const before = await read();
      const secret = rotated(before.secret, entropy, clock.now(), options);
      const version = await put(secret, true);
      // A put has no condition: two at once are known by the number alone, and by the second, whose secret is the one that counts.
      if (version === before.version + 1) return secret;
      throw new Error(
        `${name}: one rotation at a time, got a second, whose secret is overwritten: print the receivers' secrets again`,
      );
    },
  };
}
