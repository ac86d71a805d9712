import { describe, expect, test } from "@jest/globals";
import { createRoutes } from "../../functions/api/api.ts";
import { routeThrottles } from "../../infra/stacks/route-throttles.ts";
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
      ...["ApiId", "ApiUrl", "Dependencies", "FilesBucket", "LedgerTable"],
      ...["MailDnsRecord1", "MailDnsRecord2", "MailDnsRecord3"],
      ...["PayloadBucket", "ProfilesTable", "QueueUrls", "SocketUrl", "UploadsBucket", "WebhookSecret"],
    ]);
  });
});

describe("what holds state", () => {
  const policiesOf = (templates: ReturnType<typeof createTemplates>) =>
    [templates.data, templates.workers].flatMap((template) =>
      ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue"].flatMap((type) =>
        Object.values(resourcesOf(template, type)).map(({ DeletionPolicy }) => DeletionPolicy),
      ),
    );
  const protectionOf = ({ data }: ReturnType<typeof createTemplates>) =>
    Object.values(resourcesOf(data, "AWS::DynamoDB::Table")).map(
      ({ Properties }) => Properties["DeletionProtectionEnabled"],
    );

  test("outlives its stack and is protected, but in the stages dev and test", () => {
    expect(new Set(policiesOf(standard))).toEqual(new Set(["Retain"]));
    expect(protectionOf(standard)).toEqual([true, true]);
    const test = createTemplates({ stage: "test" });
    expect(new Set(policiesOf(test))).toEqual(new Set(["Delete"]));
    expect(protectionOf(test)).toEqual([false, false]);
  });

  test("is encrypted, closed to the public, and for TLS only", () => {
    for (const { Properties } of Object.values(resourcesOf(standard.data, "AWS::S3::Bucket"))) {
      expect(Properties["BucketEncryption"]).toBeDefined();
      expect(Object.values(Properties["PublicAccessBlockConfiguration"])).toEqual([true, true, true, true]);
    }
    const queues = Object.values(resourcesOf(standard.workers, "AWS::SQS::Queue"));
    expect(queues.map(({ Properties }) => Properties["SqsManagedSseEnabled"])).toEqual(
      queues.map(() => true),
    );
    const policies = [
      ...Object.values(resourcesOf(standard.data, "AWS::S3::BucketPolicy")),
      ...Object.values(resourcesOf(standard.workers, "AWS::SQS::QueuePolicy")),
    ];
    expect(policies).toHaveLength(17);
    for (const { Properties } of policies) {
      expect(Properties["PolicyDocument"].Statement).toContainEqual(
        expect.objectContaining({
          Effect: "Deny",
          Principal: { AWS: "*" },
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        }),
      );
    }
  });

  test("pages may read what jobs made, and post uploads, by what was signed for them; of payloads they see nothing", () => {
    const buckets = Object.entries(resourcesOf(standard.data, "AWS::S3::Bucket"));
    const rules = buckets.map(([id, { Properties }]) => [
      id.replace(/[\dA-F]{8}$/, ""),
      Properties["CorsConfiguration"]?.CorsRules,
    ]);
    expect(Object.fromEntries(rules)).toEqual({
      Payloads: undefined,
      Files: [{ AllowedMethods: ["GET"], AllowedOrigins: ["*"], MaxAge: 3600 }],
      Uploads: [{ AllowedMethods: ["POST"], AllowedOrigins: ["*"], AllowedHeaders: ["*"], MaxAge: 7200 }],
    });
  });

  test("the ledger forgets by `expires`, both tables can be restored and cost what is used", () => {
    const [ledger, profiles] = Object.values(resourcesOf(standard.data, "AWS::DynamoDB::Table"));
    expect(ledger?.Properties["TimeToLiveSpecification"]).toEqual({
      AttributeName: "expires",
      Enabled: true,
    });
    for (const table of [ledger, profiles]) {
      expect(table?.Properties).toMatchObject({
        BillingMode: "PAY_PER_REQUEST",
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      });
    }
  });
});

test("a dispatcher is deployed after all those that it sends to, the API after all", () => {
  const dispatcher = resourcesOf(standard.workers, "AWS::Lambda::Function")["DispatchFunctionCD7C4A01"];
  const sources = Object.keys(resourcesOf(standard.workers, "AWS::Lambda::EventSourceMapping"));
  const workers = sources.filter((id) => !id.startsWith("Dispatch"));
  expect(workers).toHaveLength(6);
  expect(dispatcher?.DependsOn).toEqual(expect.arrayContaining(workers));
});

describe("behind the API", () => {
  const stage = Object.values(resourcesOf(standard.api, "AWS::ApiGatewayV2::Stage"))[0]?.Properties;
  const settings: Readonly<Record<string, object>> = stage?.["RouteSettings"];

  test("each route has a throttle of its own, in route-throttles.ts, and what starts work is held shorter", () => {
    const ports = {} as Parameters<typeof createRoutes>[0];
    const routes = createRoutes(ports).map(({ method, pattern }) => `${method} ${pattern}`);
    expect(Object.keys(routeThrottles).sort()).toEqual(routes.sort());
    expect(Object.keys(settings).sort()).toEqual([...routes, "POST /{proxy+}"].sort());
    const short = { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 };
    for (const [key, throttle] of Object.entries(settings))
      if (key.startsWith("POST ")) expect(throttle).toEqual(short);
    expect(settings["GET /flows/{flow}"]).toEqual({ ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 });
    expect(stage).toMatchObject({ StageName: "$default", DefaultRouteSettings: short });
  });

  test("API Gateway may call the function by this API's routes, $default too, and nobody else may", () => {
    const [api] = Object.keys(resourcesOf(standard.api, "AWS::ApiGatewayV2::Api"));
    const permissions = Object.values(resourcesOf(standard.api, "AWS::Lambda::Permission"));
    expect(new Set(permissions.map(({ Properties }) => Properties["Principal"]))).toEqual(
      new Set(["apigateway.amazonaws.com"]),
    );
    const sources = permissions.map(({ Properties }) => Properties["SourceArn"]["Fn::Join"][1].slice(-2));
    expect(sources).toContainEqual([{ Ref: api }, "/*/*"]);
    expect(sources).toContainEqual([{ Ref: api }, "/*/*/sign-ups"]);
    expect(sources.map(([id]) => id)).toEqual(sources.map(() => ({ Ref: api })));
    expect(sources).toHaveLength(Object.keys(settings).length + 1);
  });

  test("each throttle is for a route that there is, without which the stage is refused, and which comes first", () => {
    const routes = Object.entries(resourcesOf(standard.api, "AWS::ApiGatewayV2::Route"));
    const keys = routes.map(([, { Properties }]) => Properties["RouteKey"]);
    expect(keys.sort()).toEqual(["$default", ...Object.keys(settings)].sort());
    const [stage] = Object.values(resourcesOf(standard.api, "AWS::ApiGatewayV2::Stage"));
    const throttled = routes.filter(([, { Properties }]) => Properties["RouteKey"] !== "$default");
    expect(stage?.DependsOn).toEqual(expect.arrayContaining(throttled.map(([id]) => id)));
  });
});

test("messages and connections of the WebSocket are held to a rate", () => {
  const [stage] = Object.values(resourcesOf(standard.workers, "AWS::ApiGatewayV2::Stage"));
  expect(stage?.Properties).toMatchObject({
    StageName: "live",
    DefaultRouteSettings: { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 },
  });
});

test("where the WebSocket is: by its own name on AWS, by a path on an emulator that has one, and nowhere on one without", () => {
  const of = (target: (typeof targets)[keyof typeof targets]) => {
    const { workers, api } = createTemplates({ target });
    const variable = (template: CfnTemplate, id: RegExp, name: string) => {
      const functions = Object.entries(resourcesOf(template, "AWS::Lambda::Function"));
      const [, found] = functions.find(([key]) => id.test(key)) ?? [];
      return JSON.stringify(found?.Properties["Environment"].Variables[name]);
    };
    return [variable(workers, /^NotifyFunction/, "SOCKET_ENDPOINT"), variable(api, /^Api/, "SOCKET_URL")];
  };
  const [endpoint, url] = of(targets.aws);
  expect(endpoint).toMatch(
    /^\{"Fn::Join":\["",\["https:\/\/",\{"Ref":"SocketFrontApi\w+"\},"\.execute-api\.",.+"\/live"\]\]\}$/,
  );
  expect(url).toMatch(/^\{"Fn::Join":\["",\["wss:\/\/",\{"Fn::ImportValue":.+"\/live"\]\]\}$/);
  for (const path of of(targets.ministack)) {
    expect(path).toMatch(/^\{"Fn::Join":\["",\["\/_aws\/execute-api\/",\{.+\},"\/live"\]\]\}$/);
  }
  expect(of(targets.localstack)).toEqual([undefined, undefined]);
});
