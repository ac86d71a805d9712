import { describe, formatViolation } from "../../shared/index.ts";

/** A resource's properties, as its template has them: outside data. */
export type Properties = Readonly<Record<string, unknown>>;

/** What a resource costs a month while nobody uses the service. */
export interface IdlePrice {
  /** Where the price stands; of what costs nothing at rest, what it would be billed for. */
  readonly source: string;
  /** Default nothing. */
  readonly billed?: Billed;
  /** Values of properties without which the price is another one. */
  readonly only?: Properties;
}

interface Billed {
  readonly unit: string;
  /** $ for one unit a month. */
  readonly price: number;
  /** Units a month that each account has for nothing, without an end. */
  readonly free: number;
  /** How many units one resource takes a month. Default 1. */
  of?(properties: Properties): number;
}

const hoursAMonth = 730;
/** The longest that SQS lets a receive wait: an empty queue with 5 pollers counts 15 empty receives a minute. */
const longPollSeconds = 20;

/**
 * What an event source asks of an empty queue. Lambda goes down from 5 pollers to 2 where traffic is low, but not where
 * the maximum concurrency is set (docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html).
 */
function emptyReceives({ Enabled, ScalingConfig }: Properties): number {
  if (Enabled === false) return 0;
  const pollers = ScalingConfig === undefined ? 2 : 5;
  return (pollers * hoursAMonth * 3600) / longPollSeconds;
}

/** An alarm is billed by the metrics that it reads: one, or those of its expression. */
function alarmMetrics({ Metrics, Period }: Properties): number {
  if (typeof Period === "number" && Period < 60) {
    refuse("AWS::CloudWatch::Alarm.Period", "60 or more, whose price is known", Period);
  }
  return Array.isArray(Metrics) ? Metrics.filter((metric) => "MetricStat" in Object(metric)).length : 1;
}

const cloudWatch = "https://aws.amazon.com/cloudwatch/pricing/";
const requests = "requests: https://aws.amazon.com";
const part = (whole: string) => `part of ${whole}`;

/**
 * us-east-1, November 2026. A type that isn't here is refused: nobody has looked up yet what it costs, or that it costs
 * nothing.
 */
const idlePrices: Readonly<Record<string, IdlePrice>> = {
  "AWS::Lambda::EventSourceMapping": {
    billed: { unit: "SQS requests", price: 0.4 / 1e6, free: 1e6, of: emptyReceives },
    only: { ProvisionedPollerConfig: undefined, StartingPosition: undefined },
    source: "https://aws.amazon.com/sqs/pricing/",
  },
  "AWS::CloudWatch::Alarm": {
    billed: { unit: "metrics", price: 0.1, free: 10, of: alarmMetrics },
    source: cloudWatch,
  },
  "AWS::CloudWatch::CompositeAlarm": {
    billed: { unit: "alarms", price: 0.5, free: 0 },
    source: cloudWatch,
  },
  "AWS::CloudWatch::Dashboard": {
    billed: { unit: "dashboards of up to 50 metrics", price: 3, free: 3 },
    source: cloudWatch,
  },
  "AWS::KMS::Key": {
    billed: { unit: "keys", price: 1, free: 0 },
    source: "https://aws.amazon.com/kms/pricing/",
  },
  "AWS::DynamoDB::Table": {
    only: { BillingMode: "PAY_PER_REQUEST" },
    source:
      "requests, and each GB stored 0.25 (25 of them free), 0.20 more to restore it to any point in time: https://aws.amazon.com/dynamodb/pricing/on-demand/",
  },
  "AWS::S3::Bucket": {
    source: "requests, and each GB stored 0.023: https://aws.amazon.com/s3/pricing/",
  },
  "AWS::Logs::LogGroup": {
    source: `what is written, and each GB kept 0.03: ${cloudWatch}`,
  },
  "AWS::Logs::MetricFilter": { source: `its metric, in hours in which it has values: ${cloudWatch}` },
  "AWS::SQS::Queue": { source: `${requests}/sqs/pricing/` },
  "AWS::SNS::Topic": { source: `${requests}/sns/pricing/` },
  "AWS::SNS::Subscription": {
    source: "deliveries, 1000 emails a month free: https://aws.amazon.com/sns/pricing/",
  },
  "AWS::Lambda::Function": { source: "requests and their duration: https://aws.amazon.com/lambda/pricing/" },
  "AWS::ApiGatewayV2::Api": { source: `${requests}/api-gateway/pricing/` },
  "AWS::ApiGateway::RestApi": { source: `${requests}/api-gateway/pricing/` },
  "AWS::ApiGateway::Stage": {
    only: { CacheClusterEnabled: undefined },
    source: `requests; only a cache has a price an hour: https://aws.amazon.com/api-gateway/pricing/`,
  },
  "AWS::SES::EmailIdentity": { source: "mails: https://aws.amazon.com/ses/pricing/" },
  "AWS::SES::ConfigurationSet": {
    only: { VdmOptions: undefined },
    source: "mails: https://aws.amazon.com/ses/pricing/",
  },
  "AWS::ApiGatewayV2::Integration": { source: part("an API") },
  "AWS::ApiGatewayV2::Route": { source: part("an API") },
  "AWS::ApiGatewayV2::Stage": { source: part("an API") },
  "AWS::ApiGateway::Deployment": { source: part("an API") },
  "AWS::ApiGateway::Method": { source: part("an API") },
  "AWS::ApiGateway::Resource": { source: part("an API") },
  "AWS::Lambda::Permission": { source: part("a function") },
  "AWS::S3::BucketPolicy": { source: part("a bucket") },
  "AWS::SNS::TopicPolicy": { source: part("a topic") },
  "AWS::SQS::QueuePolicy": { source: part("a queue") },
  "AWS::IAM::Policy": { source: "free: https://aws.amazon.com/iam/" },
  "AWS::IAM::Role": { source: "free: https://aws.amazon.com/iam/" },
};

/**
 * What a resource costs at rest.
 * @throws Error in the form `<type>: <rule>, got <value>` where nobody has looked that up.
 */
export function idlePriceOf(type: string, properties: Properties): IdlePrice {
  const price = Object.hasOwn(idlePrices, type) ? idlePrices[type] : undefined;
  if (!price) refuse(type, "a type whose idle price is known (infra/idle-cost/prices.ts)", properties);
  for (const [name, value] of Object.entries(price.only ?? {})) {
    if (properties[name] === value) continue;
    refuse(`${type}.${name}`, `${describe(value)}, whose idle price is known`, properties[name]);
  }
  return price;
}

function refuse(path: string, rule: string, value: unknown): never {
  throw new Error(formatViolation({ path, rule, got: describe(value) }));
}
