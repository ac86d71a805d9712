import { AttributeType, BillingMode, type ITable, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import type { IKey } from "aws-cdk-lib/aws-kms";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  type CorsRule,
  HttpMethods,
  type IBucket,
} from "aws-cdk-lib/aws-s3";
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Validations } from "aws-cdk-lib/core";
import type { Construct } from "constructs";
import { claimedPrefix, incomingPrefix } from "../../functions/environment.ts";
import { recordRetentionSeconds } from "../../shared/index.ts";

/** What is asked of a table; a new one and one that is there already have it. */
export type TableReference = Pick<ITable, "tableArn" | "tableName">;

/** What is asked of a bucket. */
export type BucketReference = Pick<IBucket, "arnForObjects" | "bucketArn" | "bucketName">;

/** Where the service keeps what it must not lose. */
export interface DataResources {
  /** Hash key `id` (String), TTL attribute `expires`. */
  readonly ledger: TableReference;
  /** Hash key `id` (String). */
  readonly profiles: TableReference;
  /** What is too large for a message; nothing in it is needed after `recordRetentionSeconds`. */
  readonly payloads: BucketReference;
  /** What jobs made: receipts, pictures, long texts. CORS lets pages read it (`GET`), for the sign-up page. */
  readonly files: BucketReference;
  /** What people sent: below `incoming/` for a day, below `claimed/` for as long as a job may need it. */
  readonly uploads: BucketReference;
}

export interface DataStackProps extends StackProps {
  /** Whether tables and buckets outlive the stack and can't be deleted by a deploy. */
  readonly retain: boolean;
  /** Default the services' own keys. */
  readonly encryptionKey?: IKey;
  /** Whose pages may send uploads: `https://sign-up.example.com`. Default any: nobody can without a signed form. */
  readonly uploadOrigins?: readonly string[];
  /** Tables and buckets of one's own, instead of new ones. */
  readonly existing?: Partial<DataResources>;
}

/** Tables and buckets: encrypted, for TLS only, closed to the public. */
export class DataStack extends Stack implements DataResources {
  readonly ledger: TableReference;
  readonly profiles: TableReference;
  readonly payloads: BucketReference;
  readonly files: BucketReference;
  readonly uploads: BucketReference;

  constructor(
    scope: Construct,
    id: string,
    { retain, encryptionKey, uploadOrigins = ["*"], existing = {}, ...props }: DataStackProps,
  ) {
    super(scope, id, props);
    const keeping = { retain, encryptionKey };
    this.ledger = existing.ledger ?? createTable(this, "Ledger", { ...keeping, timeToLive: "expires" });
    this.profiles = existing.profiles ?? createTable(this, "Profiles", keeping);
    this.payloads =
      existing.payloads ??
      createBucket(this, "Payloads", { ...keeping, expirations: { "": recordRetention } });
    this.files = existing.files ?? createBucket(this, "Files", { ...keeping, cors: readByPages });
    this.uploads =
      existing.uploads ??
      createBucket(this, "Uploads", {
        ...keeping,
        // A claim's copy lasts as long as the flow's own item: a job may be redriven until then.
        expirations: { [incomingPrefix]: Duration.days(1), [claimedPrefix]: recordRetention },
        cors: [postedTo(uploadOrigins)],
      });
    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    output("LedgerTable", this.ledger.tableName, "Flows and jobs");
    output("ProfilesTable", this.profiles.tableName, "What create-profile writes");
    output("PayloadBucket", this.payloads.bucketName, "What is too large for a message");
    output("FilesBucket", this.files.bucketName, "What jobs made: receipts, pictures, long texts");
    output("UploadsBucket", this.uploads.bucketName, "What people sent");
  }
}

const recordRetention = Duration.seconds(recordRetentionSeconds);

/** The page fetches its flow's files, by URLs that are signed for a few minutes; who has none gets nothing by this. */
const readByPages: CorsRule[] = [{ allowedMethods: [HttpMethods.GET], allowedOrigins: ["*"], maxAge: 3600 }];

interface Keeping {
  readonly retain: boolean;
  readonly encryptionKey: IKey | undefined;
}

function createTable(
  scope: Construct,
  id: string,
  { retain, encryptionKey, timeToLive }: Keeping & { readonly timeToLive?: string },
): Table {
  return new Table(scope, id, {
    partitionKey: { name: "id", type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: retain,
    removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    ...(encryptionKey ? { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey } : {}),
    ...(timeToLive === undefined ? {} : { timeToLiveAttribute: timeToLive }),
  });
}

interface BucketOptions {
  /** By prefix of the key. Default none: what is stored stays. */
  readonly expirations?: Readonly<Record<string, Duration>>;
  /** Default none. */
  readonly cors?: CorsRule[];
}

function createBucket(
  scope: Construct,
  id: string,
  { retain, encryptionKey, expirations = {}, cors = [] }: Keeping & BucketOptions,
): Bucket {
  const encryption: BucketProps = encryptionKey
    ? { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }
    : { encryption: BucketEncryption.S3_MANAGED };
  const bucket = new Bucket(scope, id, {
    ...encryption,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    ...(cors.length > 0 ? { cors } : {}),
    minimumTLSVersion: 1.2,
    // Never emptied by a deploy: `autoDeleteObjects` is a custom resource, which emulators skip or hang on.
    removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    lifecycleRules: [
      { abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ...Object.entries(expirations).map(([prefix, expiration]) => ({
        ...{ expiration, ...(prefix === "" ? {} : { prefix }) },
      })),
    ],
  });
  Validations.of(bucket).acknowledge({
    id: "AwsSolutions-S1",
    reason:
      "Only the service's functions read and write it; who wants a log of that turns on CloudTrail's data events.",
  });
  return bucket;
}

/** What a form says is signed, so any of its headers may come; none of the answer's is needed. */
function postedTo(origins: readonly string[]): CorsRule {
  return {
    allowedMethods: [HttpMethods.POST],
    allowedOrigins: [...origins],
    allowedHeaders: ["*"],
    maxAge: 7200,
  };
}
