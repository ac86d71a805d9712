import { describe, expect, test } from "@jest/globals";
import { targets } from "../../infra/targets.ts";
import { type CfnTemplate, createTemplates, plainId, resourcesOf } from "../support/infra.ts";

const standard = createTemplates();

/** `<logical id> <type>`, sorted. */
function listOf({ Resources }: CfnTemplate): string[] {
  return Object.entries(Resources)
    .map(([id, { Type }]) => `${plainId(id)} ${Type.replace("AWS::", "")}`)
    .sort();
}

const queueAndWorker = (name: string) => [
  `${name}EventSource Lambda::EventSourceMapping`,
  `${name}Function Lambda::Function`,
  `${name}FunctionLogs Logs::LogGroup`,
  `${name}FunctionRole IAM::Role`,
  `${name}FunctionRoleDefaultPolicy IAM::Policy`,
  `${name}Queue SQS::Queue`,
  `${name}QueueDeadLetters SQS::Queue`,
  `${name}QueueDeadLettersPolicy SQS::QueuePolicy`,
  `${name}QueuePolicy SQS::QueuePolicy`,
];

/** No `$connect` route: nothing is known of a client before its first message. */
const socket = [
  ...["Socket Lambda::Function", "SocketLogs Logs::LogGroup"],
  ...["SocketRole IAM::Role", "SocketRoleDefaultPolicy IAM::Policy"],
  ...["SocketFrontApi ApiGatewayV2::Api", "SocketFrontStage ApiGatewayV2::Stage"],
  ...["default", "disconnect"].flatMap((name) => [
    `SocketFrontApi${name}Route ApiGatewayV2::Route`,
    `SocketFrontApi${name}Route${name}Integration ApiGatewayV2::Integration`,
    `SocketFrontApi${name}Route${name}IntegrationPermission Lambda::Permission`,
  ]),
];

describe("the stacks", () => {
  test("have these resources and no others", () => {
    expect(listOf(standard.data)).toEqual([
      "Files S3::Bucket",
      "FilesPolicy S3::BucketPolicy",
      "Ledger DynamoDB::Table",
      "Payloads S3::Bucket",
      "PayloadsPolicy S3::BucketPolicy",
      "Profiles DynamoDB::Table",
      "Uploads S3::Bucket",
      "UploadsPolicy S3::BucketPolicy",
    ]);
    expect(listOf(standard.workers)).toEqual(
      [
        ...[
          "CreateProfile",
          "Dispatch",
          "Notify",
          "RenderReceipt",
          "ResizeAvatar",
          "SendWelcomeEmail",
          "Webhook",
        ].flatMap(queueAndWorker),
        "MailConfigurationSet SES::ConfigurationSet",
        "MailIdentity SES::EmailIdentity",
        ...socket,
      ].sort(),
    );
    // The routes of the front and who may call by them are listed with their throttles, below.
    const api = listOf(standard.api).filter(
      (line) => !/ (ApiGatewayV2::Route|Lambda::Permission)$/.test(line),
    );
    expect(api).toEqual([
      "Api Lambda::Function",
      "ApiLogs Logs::LogGroup",
      "ApiRole IAM::Role",
      "ApiRoleDefaultPolicy IAM::Policy",
      "FrontAccessLogs Logs::LogGroup",
      "FrontHttpApi ApiGatewayV2::Api",
      "FrontHttpApiDefaultRouteIntegration ApiGatewayV2::Integration",
      "FrontStage ApiGatewayV2::Stage",
    ]);
  });

  test("keep the logical ids of what holds state: another id is another, empty table, bucket or queue", () => {
    const stateful = [standard.data, standard.workers].flatMap((template) =>
      ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue"].flatMap((type) =>
        Object.keys(resourcesOf(template, type)),
      ),
    );
    expect(stateful).toEqual([
      "LedgerB7379752",
      "Profiles4FC22479",
      "PayloadsCDFAA0A2",
      "Files8E6940B8",
      "Uploads4F6EB0FD",
      "DispatchQueueDeadLettersB00FFFBB",
      "DispatchQueueF361AC85",
      "NotifyQueueDeadLetters6B046C24",
      "NotifyQueue6D540435",
      "WebhookQueueDeadLettersBFED7A12",
      "WebhookQueue199A32A5",
      "SendWelcomeEmailQueueDeadLettersD4295ED1",
      "SendWelcomeEmailQueue37AA5A4E",
      "CreateProfileQueueDeadLettersA8F31687",
      "CreateProfileQueueE6AA8C7E",
      "RenderReceiptQueueDeadLetters20E60049",
      "RenderReceiptQueue955A163D",
      "ResizeAvatarQueueDeadLetters5DC16F29",
      "ResizeAvatarQueueD084737D",
    ]);
  });

  test("have no custom resource, on any target", () => {
    for (const target of Object.values(targets)) {
      for (const { Resources } of Object.values(createTemplates({ target }))) {
        const types = Object.values(Resources).map(({ Type }) => Type);
        expect(types.filter((type) => /Custom/.test(type))).toEqual([]);
      }
    }
  });

  test("leave all names to CloudFormation", () => {
    const names = Object.values(standard).flatMap(({ Resources }) =>
      Object.values(Resources).flatMap(({ Properties }) =>
        Object.keys(Properties ?? {}).filter((key) =>
          /^(Alarm|Bucket|Dashboard|Function|Queue|Table|Topic|Role|LogGroup)Name$/.test(key),
        ),
      ),
    );
    expect(names.filter((name) => name !== "FunctionName")).toEqual([]);
    for (const { Properties } of Object.values(resourcesOf(standard.workers, "AWS::Lambda::Function"))) {
      expect(Properties["FunctionName"]).toBeUndefined();
    }
  });

  test("answer where everything is, for whoever looks at them from outside", () => {
    const outputs = Object.values(standard).flatMap(({ Outputs }) => Object.keys(Outputs ?? {}));
    expect(outputs.filter((name) => !name.startsWith("ExportsOutput")).sort()).toEqual([
      ...["ApiId", "ApiUrl", "DefaultEndpoints", "Dependencies", "FilesBucket", "LedgerTable"],
      ...["MailDnsRecord1", "MailDnsRecord2", "MailDnsRecord3"],
      ...["PayloadBucket", "ProfilesTable", "QueueUrls", "SocketUrl", "UploadsBucket", "WebhookSecret"],
    ]);
  });
});

test("a dispatcher is deployed after all those that it sends to, the API after all", () => {
  const dispatcher = resourcesOf(standard.workers, "AWS::Lambda::Function")["DispatchFunctionCD7C4A01"];
  const sources = Object.keys(resourcesOf(standard.workers, "AWS::Lambda::EventSourceMapping"));
  const workers = sources.filter((id) => !id.startsWith("Dispatch"));
  expect(workers).toHaveLength(6);
  expect(dispatcher?.DependsOn).toEqual(expect.arrayContaining(workers));
});
