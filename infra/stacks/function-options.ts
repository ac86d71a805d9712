import type { IVpc, SubnetSelection } from "aws-cdk-lib/aws-ec2";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Architecture, Tracing } from "aws-cdk-lib/aws-lambda";
import type { Stack } from "aws-cdk-lib/core";
import type { EngineVariables } from "../../functions/environment.ts";
import type { NodeFunction, NodeFunctionProps } from "../constructs/node-function.ts";
import type { Target } from "../targets.ts";
import type { DataResources } from "./data-stack.ts";

/** What holds for every function of the service, and what one may bring of one's own. */
export interface FunctionOptions {
  readonly target: Target;
  /** Default none: in a VPC, functions need a way to SQS, DynamoDB, S3 and SES. */
  readonly vpc?: IVpc;
  readonly vpcSubnets?: SubnetSelection;
  /** Of queues, tables and buckets. Default the services' own keys. */
  readonly encryptionKey?: IKey;
  /** MiB, of functions whose job says none of its own. Default 512. */
  readonly memorySize?: number;
  /** Whether Lambda records X-Ray traces, which cost: see docs/tracing.md. Default false. */
  readonly tracing?: boolean;
  /** Variables beside those of the service. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The props that these options amount to. `variables` are the service's own and replace others of their name. */
export function functionProps(
  { target, vpc, vpcSubnets, memorySize, tracing = false, environment }: FunctionOptions,
  variables: Pick<EngineVariables, "LEDGER_TABLE">,
): Pick<NodeFunctionProps, "architecture" | "vpc" | "vpcSubnets" | "memorySize" | "tracing" | "environment"> {
  return {
    architecture: architectureOf(target),
    ...(vpc ? { vpc } : {}),
    ...(vpcSubnets ? { vpcSubnets } : {}),
    ...(memorySize === undefined ? {} : { memorySize }),
    ...(tracing ? { tracing: Tracing.ACTIVE } : {}),
    environment: { ...environment, ...variables },
  };
}

function architectureOf({ architecture }: Target): Architecture {
  const isArm = architecture === "arm64" || process.arch === "arm64";
  return isArm ? Architecture.ARM_64 : Architecture.X86_64;
}

/** The engine's variables; `queues` are the URLs of those that the function sends to or hides messages of, by name. */
export function engineVariables(
  stack: Stack,
  { ledger, payloads }: Pick<DataResources, "ledger" | "payloads">,
  queues: Readonly<Record<string, string>>,
): EngineVariables {
  return {
    LEDGER_TABLE: ledger.tableName,
    PAYLOAD_BUCKET: payloads.bucketName,
    QUEUE_URLS: stack.toJsonString(queues),
  };
}

/** What is encrypted with a key of one's own is read and written by way of it. */
export function allowKey(
  grantee: NodeFunction,
  { encryptionKey }: Pick<FunctionOptions, "encryptionKey">,
): void {
  encryptionKey?.grant(grantee, "kms:Decrypt", "kms:GenerateDataKey");
}
