import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import type { RunFile } from "../local/run-file.ts";
import { OperatorError } from "./operator-error.ts";

/**
 * What a deployed service's stacks say of themselves, as an embedded run does. Region, credentials and endpoint are the
 * AWS SDK's own.
 * @throws OperatorError where there are no such stacks.
 */
export async function readStackOutputs(service: string): Promise<RunFile> {
  const client = new CloudFormationClient();
  const [data, workers] = await Promise.all(
    ["data", "workers"].map((stack) => outputsOf(client, `${service}-${stack}`)),
  ).finally(() => client.destroy());
  const outputs = { ...data, ...workers };
  const required = (name: string) => outputs[name] ?? missing(service, name);
  return {
    variables: {
      LEDGER_TABLE: required("LedgerTable"),
      PAYLOAD_BUCKET: required("PayloadBucket"),
      QUEUE_URLS: required("QueueUrls"),
      WEBHOOK_SECRET: required("WebhookSecret"),
    },
    dependencies: JSON.parse(required("Dependencies")),
    endpoints: JSON.parse(required("DefaultEndpoints")),
  };
}

async function outputsOf(
  client: CloudFormationClient,
  StackName: string,
): Promise<Readonly<Record<string, string>>> {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    const outputs = Stacks.flatMap(({ Outputs = [] }) => Outputs);
    return Object.fromEntries(
      outputs.map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]),
    );
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    throw new OperatorError(`${StackName}: a stack of the account and region, got "${got}"`);
  }
}

/** An older deploy than this checkout's. */
function missing(service: string, name: string): never {
  throw new OperatorError(`${service}: stacks with the output ${name}, got none; deploy them again`);
}
