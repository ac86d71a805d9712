import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Target } from "../targets.ts";
import type { BucketReference, TableReference } from "./data-stack.ts";
import { explainWildcard } from "./explain-wildcard.ts";

/**
 * What a function may do, action by action: CDK's `grantReadWriteData` and the like allow scans, deletes and
 * wildcards that nothing here needs.
 */
export type LedgerUse = "record" | "settle";

const ledgerActions: Readonly<Record<LedgerUse, readonly string[]>> = {
  /** The API: records flows, adds tokens, reads. */
  record: ["BatchGetItem", "PutItem", "UpdateItem"],
  /** Workers and the dispatcher: conditional updates, reads. */
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

export function allowSending(grantee: IFunction, queues: readonly IQueue[]): void {
  allow(
    grantee,
    ["sqs:SendMessage"],
    queues.map(({ queueArn }) => queueArn),
  );
}

/** Whether a queue is empty: asked before a message is taken for lost. */
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

/** The mailer sends whole messages, which SES v2's SendEmail checks as SendRawEmail. */
const mailActions = ["ses:SendEmail", "ses:SendRawEmail"];

/** `sender` is an address; SES knows it by itself or by its domain, whichever is verified. */
export function allowMail(grantee: IFunction, sender: string, grant: Target["mailGrant"]): void {
  if (grant === "any") {
    allow(grantee, mailActions, ["*"]);
    explainWildcard(
      grantee,
      "*",
      "The target is an emulator that knows no resources of SES; see targets.ts.",
    );
    return;
  }
  const names = [sender, sender.slice(sender.lastIndexOf("@") + 1)];
  grantee.addToRolePolicy(
    new PolicyStatement({
      actions: mailActions,
      resources: names.map((name) =>
        grantee.stack.formatArn({ service: "ses", resource: "identity", resourceName: name }),
      ),
      conditions: { StringEquals: { "ses:FromAddress": sender } },
    }),
  );
}

function allow(grantee: IFunction, actions: readonly string[], resources: readonly string[]): void {
  grantee.addToRolePolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
}
