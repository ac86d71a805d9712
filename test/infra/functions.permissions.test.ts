import { describe, expect, test } from "@jest/globals";
import { type CfnTemplate, createTemplates, plainId, resourcesOf } from "../support/infra.ts";

const { workers, api } = createTemplates();

/** Each function's grants: `<action> on <resource>`, sorted. */
function grantsOf(template: CfnTemplate): Readonly<Record<string, readonly string[]>> {
  const policies = Object.entries(resourcesOf(template, "AWS::IAM::Policy"));
  return Object.fromEntries(
    policies.map(([id, { Properties }]) => [
      plainId(id).replace(/(Function)?RoleDefaultPolicy$/, ""),
      Properties["PolicyDocument"].Statement.flatMap(linesOf).sort(),
    ]),
  );
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

function linesOf({ Effect, Action, Resource, Condition }: Statement): string[] {
  if (Effect !== "Allow") throw new Error(`statements that allow, got ${Effect}`);
  const condition = Condition ? ` if ${JSON.stringify(Condition)}` : "";
  return [Action]
    .flat()
    .flatMap((action) => [Resource].flat().map((resource) => `${action} on ${nameOf(resource)}${condition}`));
}

/** `Ledger`, `Payloads/flows/*`: an ARN by the logical id in it. */
function nameOf(resource: unknown): string {
  if (typeof resource === "string") return resource;
  if (Array.isArray(resource)) return resource.map(nameOf).join("");
  const { "Fn::GetAtt": attribute, "Fn::ImportValue": imported, "Fn::Join": join, Ref } = Object(resource);
  if (attribute) return plainId(attribute[0]);
  if (imported)
    return (
      /ExportsOutput(?:FnGetAtt|Ref)(\w+?)[0-9A-F]{8}(?:Arn)?[0-9A-F]{8}$/.exec(imported)?.[1] ?? imported
    );
  return join ? join[1].map(nameOf).join(join[0]) : `<${Ref}>`;
}

const consumer = (name: string) => [
  `logs:CreateLogStream on ${name}FunctionLogs`,
  `logs:PutLogEvents on ${name}FunctionLogs`,
  `sqs:ChangeMessageVisibility on ${name}Queue`,
  `sqs:DeleteMessage on ${name}Queue`,
  `sqs:GetQueueAttributes on ${name}Queue`,
  `sqs:ReceiveMessage on ${name}Queue`,
  `sqs:SendMessage on ${name}QueueDeadLetters`,
];

const ledger = ["BatchGetItem", "UpdateItem"].map((action) => `dynamodb:${action} on Ledger`);
const worker = (name: string) => [
  ...consumer(name),
  ...ledger,
  // A flow's payloads: the key has the flow's id and a hash.
  "s3:GetObject on Payloads/flows/*",
  // So that S3 tells a missing object from a forbidden one.
  "s3:ListBucket on Payloads",
  // A check, before a letter that came back opens its job again.
  "sqs:SendMessage on DispatchQueue",
  "sqs:SendMessage on NotifyQueue",
  "sqs:SendMessage on WebhookQueue",
];
const sesIdentity = (name: string) =>
  `arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/${name} if {"StringEquals":{"ses:FromAddress":"hello@example.com"}}`;

const configurationSet =
  "arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:configuration-set/<MailConfigurationSet2AA84368>";

/** Of the WebSocket API's stage, and no other's. */
const connections =
  "arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<SocketFrontApi7210C516>/live/*/@connections/*";
const ownSecret = (name: string) =>
  ["GetParameter", "PutParameter"].map(
    (action) =>
      `ssm:${action} on arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/errand/errand/${name}`,
  );

const expected: Readonly<Record<string, readonly string[]>> = {
  SendWelcomeEmail: [
    ...worker("SendWelcomeEmail"),
    ...ownSecret("mailbox-key"),
    // SES asks for both: as whom the mail is sent, and by which configuration set.
    ...["SendEmail", "SendRawEmail"].flatMap((action) => [
      ...["hello@example.com", "example.com"].map((name) => `ses:${action} on ${sesIdentity(name)}`),
      `ses:${action} on ${configurationSet}`,
    ]),
  ],
  CreateProfile: [
    ...worker("CreateProfile"),
    "dynamodb:GetItem on Profiles",
    "dynamodb:PutItem on Profiles",
    "s3:PutObject on Files/*",
  ],
  RenderReceipt: [...worker("RenderReceipt"), "s3:PutObject on Files/*"],
  Notify: [
    ...consumer("Notify"),
    ...ledger,
    `execute-api:ManageConnections on ${connections}`,
    // What an older deploy has left there for webhooks.
    "sqs:SendMessage on WebhookQueue",
  ],
  Webhook: [
    ...consumer("Webhook"),
    ...ledger,
    "dynamodb:PutItem on Ledger",
    // The probe of an origin that is down.
    "sqs:SendMessage on WebhookQueue",
    ...ownSecret("webhook-secret"),
  ],
  Socket: [
    ...ledger,
    `execute-api:ManageConnections on ${connections}`,
    "logs:CreateLogStream on SocketLogs",
    "logs:PutLogEvents on SocketLogs",
  ],
  ResizeAvatar: [
    ...worker("ResizeAvatar"),
    "s3:PutObject on Files/*",
    // What a flow has claimed; nothing that only was uploaded.
    "s3:GetObject on Uploads/claimed/*",
    "s3:ListBucket on Uploads",
  ],
  Dispatch: [
    ...consumer("Dispatch"),
    ...ledger,
    "sqs:SendMessage on DispatchQueue",
    "sqs:SendMessage on NotifyQueue",
    "sqs:SendMessage on WebhookQueue",
    ...["CreateProfile", "RenderReceipt", "ResizeAvatar", "SendWelcomeEmail"].flatMap((name) => [
      `sqs:GetQueueAttributes on ${name}Queue`,
      `sqs:SendMessage on ${name}Queue`,
      `sqs:SendMessage on ${name}QueueDeadLetters`,
    ]),
  ],
  Api: [
    ...ledger,
    "dynamodb:PutItem on Ledger",
    "logs:CreateLogStream on ApiLogs",
    "logs:PutLogEvents on ApiLogs",
    "s3:GetObject on Files/*",
    "s3:PutObject on Payloads/flows/*",
    "sqs:SendMessage on DispatchQueue",
    // What a form that it signs may do, and the copies that it makes of what came by one.
    ...["incoming", "claimed"].flatMap((keys) =>
      ["GetObject", "PutObject"].map((action) => `s3:${action} on Uploads/${keys}/*`),
    ),
    "s3:ListBucket on Uploads",
  ],
};

const grants = { ...grantsOf(workers), ...grantsOf(api) };

describe("a function may do what it does and nothing else", () => {
  test.each(Object.keys(expected))("%s", (name) => {
    expect(grants[name]).toEqual([...(expected[name] ?? [])].sort());
  });

  test("and there is no other function", () => {
    expect(Object.keys(grants).sort()).toEqual(Object.keys(expected).sort());
  });

  test("by its own policy: no managed one, no other statement", () => {
    for (const template of [workers, api]) {
      for (const { Properties } of Object.values(resourcesOf(template, "AWS::IAM::Role"))) {
        expect(Object.keys(Properties)).toEqual(["AssumeRolePolicyDocument"]);
      }
    }
  });
});

test("wildcards stand for the keys of objects and the ids of connections only", () => {
  const wild = Object.values(grants)
    .flat()
    .filter((grant) => grant.includes("*"));
  const known = [
    `execute-api:ManageConnections on ${connections}`,
    "s3:GetObject on Files/*",
    "s3:GetObject on Payloads/flows/*",
    "s3:GetObject on Uploads/claimed/*",
    "s3:GetObject on Uploads/incoming/*",
    "s3:PutObject on Files/*",
    "s3:PutObject on Payloads/flows/*",
    "s3:PutObject on Uploads/claimed/*",
    "s3:PutObject on Uploads/incoming/*",
  ];
  expect([...new Set(wild)].sort()).toEqual(known);
});

test("a function is told what it needs and nothing else", () => {
  const variables = [workers, api].flatMap((template) =>
    Object.entries(resourcesOf(template, "AWS::Lambda::Function")).map(([id, { Properties }]) => [
      plainId(id),
      Object.keys(Properties["Environment"].Variables).sort(),
    ]),
  );
  const engine = ["LEDGER_TABLE", "PAYLOAD_BUCKET", "QUEUE_URLS"];
  expect(Object.fromEntries(variables)).toEqual({
    SendWelcomeEmailFunction: [
      ...["ERRAND_SERVICE", "LEDGER_TABLE", "MAILBOX_KEY"],
      ...["MAIL_CONFIGURATION_SET", "MAIL_FROM", "MAIL_SERVICE"],
      ...["PAYLOAD_BUCKET", "QUEUE_URLS"],
    ],
    CreateProfileFunction: [
      ...["ERRAND_SERVICE", "FILES_BUCKET", "LEDGER_TABLE", "PAYLOAD_BUCKET", "PROFILES_TABLE", "QUEUE_URLS"],
    ],
    RenderReceiptFunction: ["ERRAND_SERVICE", "FILES_BUCKET", ...engine],
    NotifyFunction: ["ERRAND_SERVICE", ...engine, "SOCKET_ENDPOINT"],
    WebhookFunction: ["ERRAND_SERVICE", ...engine, "WEBHOOK_SECRET"],
    Socket: ["LEDGER_TABLE", "SOCKET_ENDPOINT"],
    ResizeAvatarFunction: ["ERRAND_SERVICE", "FILES_BUCKET", ...engine, "UPLOADS_BUCKET"],
    DispatchFunction: ["ERRAND_SERVICE", ...engine],
    Api: ["CLIENT_RATE_PER_SECOND", "FILES_BUCKET", ...engine, "SOCKET_URL", "UPLOADS_BUCKET"],
  });
});
