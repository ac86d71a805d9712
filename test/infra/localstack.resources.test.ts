import { expect, test } from "@jest/globals";
import { targets } from "../../infra/targets.ts";
import { createTemplates } from "../support/infra.ts";

/**
 * What the free edition (4.14.0) is known to create. Of other types it says "deployed as a fallback", and nothing is
 * there; one of SES fails the stack.
 */
const known = [
  "AWS::ApiGateway::Deployment",
  "AWS::ApiGateway::Method",
  "AWS::ApiGateway::Resource",
  "AWS::ApiGateway::RestApi",
  "AWS::ApiGateway::Stage",
  "AWS::CloudWatch::Alarm",
  "AWS::DynamoDB::Table",
  "AWS::IAM::Policy",
  "AWS::IAM::Role",
  "AWS::Lambda::EventSourceMapping",
  "AWS::Lambda::Function",
  "AWS::Lambda::Permission",
  "AWS::Logs::LogGroup",
  "AWS::S3::Bucket",
  "AWS::S3::BucketPolicy",
  "AWS::SNS::Subscription",
  "AWS::SNS::Topic",
  "AWS::SNS::TopicPolicy",
  "AWS::SQS::Queue",
  "AWS::SQS::QueuePolicy",
];

test("LocalStack gets nothing that its free edition can't create", () => {
  const templates = Object.values(
    createTemplates({ target: targets.localstack, alarms: { email: "ops@example.com" } }),
  );
  const types = templates.flatMap(({ Resources }) => Object.values(Resources).map(({ Type }) => Type));
  expect([...new Set(types)].filter((type) => !known.includes(type))).toEqual([]);
});
