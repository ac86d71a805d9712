import type { SSMClient } from "@aws-sdk/client-ssm";
import type { SecretStore } from "./secret-store.ts";

interface Parameter {
  /** The client comes when it is first used: most copies of a function never need a secret. */
  readonly client: () => Promise<SSMClient>;
  /** With its path. */
  readonly name: string;
}

/** The secret, and how often it was written. */
interface Kept {
  readonly text: string;
  readonly version: number;
}

/** A secret in a SecureString of the Parameter Store, which costs nothing: CloudFormation can't make one, so whoever first needs it does. */
export function createSsmSecretStore(parameter: Parameter): SecretStore {
  const { name } = parameter;
  return {
    async read(create) {
      const found = await get(parameter);
      if (found) return found.text;
      const made = create();
      if ((await put(parameter, made, { overwrite: false })) !== undefined) return made;
      const others = await get(parameter);
      return others?.text ?? missing(name);
    },
    async rotate(next) {
      const before = (await get(parameter)) ?? missing(name);
      const text = next(before.text);
      const version = await put(parameter, text, { overwrite: true });
      // A put has no condition: two at once are known by the number alone, and by the second, whose secret is the one that counts.
      if (version === before.version + 1) return text;
      throw new Error(
        `${name}: one rotation at a time, got two: the first one's secret is overwritten, and what was made of it is of no use`,
      );
    },
  };
}

async function get({ client, name }: Parameter): Promise<Kept | undefined> {
  const { GetParameterCommand, ParameterNotFound } = await import("./ssm-parameters.ts");
  try {
    const command = new GetParameterCommand({ Name: name, WithDecryption: true });
    const { Parameter } = await (await client()).send(command);
    return { text: Parameter?.Value ?? "", version: Parameter?.Version ?? 0 };
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
}

/** The version that it is now; undefined where another was faster. */
async function put(
  { client, name }: Parameter,
  text: string,
  { overwrite }: { readonly overwrite: boolean },
): Promise<number | undefined> {
  const { ParameterAlreadyExists, PutParameterCommand } = await import("./ssm-parameters.ts");
  const command = new PutParameterCommand({
    Name: name,
    Value: text,
    Type: "SecureString",
    Overwrite: overwrite,
    Description: "Made and read by the service alone",
  });
  try {
    const { Version = 0 } = await (await client()).send(command);
    return Version;
  } catch (error) {
    if (error instanceof ParameterAlreadyExists) return undefined;
    throw error;
  }
}

function missing(name: string): never {
  throw new Error(`${name}: a parameter that can be read, got none`);
}
