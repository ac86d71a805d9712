import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { claimedPrefix, domainOf, incomingPrefix } from "../../functions/environment.ts";
import type { Target } from "../targets.ts";
import type { BucketReference, TableReference } from "./data-stack.ts";
import { explainWildcard } from "./explain-wildcard.ts";

/**
 * What a function may do, action by action: CDK's `grantReadWriteData` and the like allow scans, deletes and
 * wildcards that nothing here needs.
 */
export type LedgerUse = "record" | "settle";

const ledgerActions: Readonly<Record<LedgerUse, readonly string[]>> = {
  /** The API: records flows, adds tokens, reads. Telling webhooks: its deliveries. */
  record: ["BatchGetItem", "PutItem", "UpdateItem"],
  /** Workers, the dispatcher and pushing: conditional updates, reads. */
  settle: ["BatchGetItem", "UpdateItem"],
};

export function allowLedger(grantee: IFunction, { tableArn }: TableReference, use: LedgerUse): void {
  allow(
    grantee,
    ledgerActions[use].map((action) => `dynamodb:${action}`),
    [tableArn],
  );
}

export function allowProfiles(grantee: IFunction, { tableArn }: TableReference): void {
  allow(grantee, ["dynamodb:GetItem", "dynamodb:PutItem"], [tableArn]);
}

/** Message by message, or in batches too: those of several. */
export function allowSending(
  grantee: IFunction,
  queues: readonly IQueue[],
  batches?: Pick<Target, "batchGrants">,
): void {
  allow(
    grantee,
    ["sqs:SendMessage", ...(batches?.batchGrants ? ["sqs:SendMessageBatch"] : [])],
    queues.map(({ queueArn }) => queueArn),
  );
}

/** Whether a queue is empty, asked before a message is taken for lost; and which its dead-letter queue is. */
export function allowCounting(grantee: IFunction, queues: readonly IQueue[]): void {
  allow(
    grantee,
    ["sqs:GetQueueAttributes"],
    queues.map(({ queueArn }) => queueArn),
  );
}

const objectActions = { read: ["s3:GetObject"], write: ["s3:PutObject"] } as const;

/** `read` or `write` payloads, below the prefix of the claim check: nothing else is ever fetched. */
export function allowPayloads(grantee: IFunction, bucket: BucketReference, access: "read" | "write"): void {
  const objects = bucket.arnForObjects("flows/*");
  allow(grantee, objectActions[access], [objects]);
  // Without it S3 says 403 for an object that is missing, and a job without its payload would be tried until its deadline.
  if (access === "read") allow(grantee, ["s3:ListBucket"], [bucket.bucketArn]);
  explainWildcard(grantee, objects, "A payload's key is made of its flow's id and its hash.");
}

export function allowFiles(grantee: IFunction, bucket: BucketReference, access: "read" | "write"): void {
  const objects = bucket.arnForObjects("*");
  allow(grantee, objectActions[access], [objects]);
  explainWildcard(grantee, objects, "A file's key starts with its flow's id, or is the job's own.");
}

/** Reads what a flow has claimed, and nothing that only was uploaded. */
export function allowClaimedUploads(grantee: IFunction, bucket: BucketReference): void {
  const objects = bucket.arnForObjects(`${claimedPrefix}*`);
  allow(grantee, objectActions.read, [objects]);
  // Without it S3 says 403 for an upload whose time is over, and its job would be held until its deadline.
  allow(grantee, ["s3:ListBucket"], [bucket.bucketArn]);
  explainWildcard(grantee, objects, "A claimed upload's key is made of its flow's id and its own.");
}

/**
 * Signs forms for what is to come, which may then do what the function may: write below `incoming/`, and copies from there
 * to where no form can write.
 */
export function allowUploads(grantee: IFunction, bucket: BucketReference): void {
  const objects = [incomingPrefix, claimedPrefix].map((prefix) => bucket.arnForObjects(`${prefix}*`));
  allow(grantee, [...objectActions.read, ...objectActions.write], objects);
  // Without it S3 says 403 for an upload that never came, and the caller would be told to try again.
  allow(grantee, ["s3:ListBucket"], [bucket.bucketArn]);
  for (const keys of objects) explainWildcard(grantee, keys, "An upload's key has its random id.");
}

/** The mailer sends whole messages, which SES v2's SendEmail checks as SendRawEmail. */
const mailActions = { ses: ["ses:SendEmail", "ses:SendRawEmail"], "ses-v1": ["ses:SendRawEmail"] } as const;

export interface MailGrant extends Pick<Target, "mail" | "mailGrant"> {
  /** `local@domain`. */
  readonly sender: string;
  /** The name of the configuration set that mails are sent with, if there is one. */
  readonly configurationSet: string | undefined;
}

/** Mail from this sender, under any of its identities, and by this configuration set: SES checks the two one by one. */
export function allowMail(
  grantee: IFunction,
  { sender, configurationSet, mail, mailGrant }: MailGrant,
): void {
  const actions = mailActions[mail];
  if (mailGrant === "any") {
    allow(grantee, actions, ["*"]);
    explainWildcard(
      grantee,
      "*",
      "The target is an emulator that knows no resources of SES; see targets.ts.",
    );
    return;
  }
  const arn = (resource: string, resourceName: string) =>
    grantee.stack.formatArn({ service: "ses", resource, resourceName });
  grantee.addToRolePolicy(
    new PolicyStatement({
      actions: [...actions],
      resources: identitiesOf(sender).map((name) => arn("identity", name)),
      conditions: { StringEquals: { "ses:FromAddress": sender } },
    }),
  );
  if (configurationSet) allow(grantee, actions, [arn("configuration-set", configurationSet)]);
}

/** SES knows a sender by its address, its domain, or a domain above that: by the closest of those that are verified. */
function identitiesOf(sender: string): string[] {
  const labels = domainOf(sender).split(".");
  return [sender, ...labels.slice(0, -1).map((_, above) => labels.slice(above).join("."))];
}

function allow(grantee: IFunction, actions: readonly string[], resources: readonly string[]): void {
  grantee.addToRolePolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
}

/** A parameter that the function makes itself, where there is none. A SecureString under SSM's own key needs no grant of KMS. */
export function allowOwnParameter(grantee: IFunction, name: string): void {
  const arn = grantee.stack.formatArn({ service: "ssm", resource: "parameter", resourceName: name.slice(1) });
  allow(grantee, ["ssm:GetParameter", "ssm:PutParameter"], [arn]);
}
