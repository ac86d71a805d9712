import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { OperatorError } from "./operator-error.ts";

/** By the variable that the functions read: the stack that has it, and its output. */
const sources = {
  LEDGER_TABLE: ["data", "LedgerTable"],
  PAYLOAD_BUCKET: ["data", "PayloadBucket"],
  QUEUE_URLS: ["workers", "QueueUrls"],
} as const;

/**
 * What a deployed service's stacks say of themselves, as variables of its functions. Region, credentials and endpoint
 * are the AWS SDK's own.
 * @throws OperatorError where there are no such stacks.
 */
export async function readStackOutputs(service: string): Promise<Readonly<Record<string, string>>> {
  const client = new CloudFormationClient();
  const found = {
    data: outputsOf(client, `${service}-data`),
    workers: outputsOf(client, `${service}-workers`),
  };
  const variables = Object.entries(sources).map(async ([variable, [stack, output]]) => {
    const value = (await found[stack]).get(output);
    if (value === undefined)
      throw new OperatorError(`${service}-${stack}: a stack with the output ${output}, got none`);
    return [variable, value] as const;
  });
  return Object.fromEntries(await Promise.all(variables));
}

async function outputsOf(
  client: CloudFormationClient,
  StackName: string,
): Promise<ReadonlyMap<string, string>> {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    const outputs = Stacks.flatMap(({ Outputs = [] }) => Outputs);
    return new Map(outputs.map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]));
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    throw new OperatorError(`${StackName}: a stack of the account and region, got ${got}`);
  }
}
