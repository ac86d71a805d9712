import { expect, test } from "@jest/globals";
import { grantsOf, type ResourceNames } from "../nightly/grants/grant.ts";
import { planOf } from "../nightly/grants/plan.ts";
import { type Policy, rightsOf, without } from "../nightly/grants/policies.ts";

const arn = (service: string, name: string) => `arn:aws:${service}:us-east-1:000000000000:${name}`;
const [ledger, bucket] = [arn("dynamodb", "table/t-1"), "arn:aws:s3:::b-1"];

const names: ResourceNames = {
  queues: new Map([
    ["q-d", "dispatch"],
    ["q-a", "mail"],
    ["q-a-dead", "mail-dead-letters"],
    ["q-b", "pdf"],
  ]),
  others: new Map([
    ["t-1", "ledger"],
    ["b-1", "files"],
  ]),
};

type Allowed = readonly [actions: string[], resources: string[]];

function policy(role: string, ...statements: readonly Allowed[]): Policy {
  const Statement = statements.map(([Action, Resource]) => ({ Effect: "Allow" as const, Action, Resource }));
  return { role, name: "p", document: { Statement } };
}

const receive = (queue: string): Allowed => [["sqs:ReceiveMessage"], [arn("sqs", queue)]];
const mail = policy(
  "m",
  receive("q-a"),
  [["sqs:SendMessage"], [arn("sqs", "q-a-dead")]],
  [["dynamodb:UpdateItem", "dynamodb:BatchGetItem"], [ledger]],
);
const pdf = policy(
  "p",
  receive("q-b"),
  [["dynamodb:UpdateItem"], [ledger]],
  [["s3:PutObject"], [`${bucket}/*`]],
);
const dispatcher = policy("d", receive("q-d"), [
  ["sqs:SendMessage"],
  ["q-d", "q-a", "q-b", "q-a-dead"].map((name) => arn("sqs", name)),
]);
const api = policy(
  "a",
  [["dynamodb:PutItem"], [ledger]],
  [["sqs:SendMessage"], [arn("sqs", "q-d")]],
  [["xray:PutTraceSegments"], ["*"]],
);

const grants = grantsOf([mail, pdf, dispatcher, api], names);

test("a grant is an action on a kind of resource, for one kind of function", () => {
  expect(grants.map(({ name, holdings }) => [name, holdings.map(({ owner }) => owner)])).toEqual([
    ["api: dynamodb:PutItem on ledger", ["api"]],
    ["api: sqs:SendMessage on the dispatch queue", ["api"]],
    ["api: xray:PutTraceSegments on *", ["api"]],
    ["dispatcher: sqs:ReceiveMessage on its queue", ["dispatch"]],
    ["dispatcher: sqs:SendMessage on dead letters of jobs", ["dispatch"]],
    ["dispatcher: sqs:SendMessage on its queue", ["dispatch"]],
    ["dispatcher: sqs:SendMessage on queues of jobs", ["dispatch"]],
    ["mail: dynamodb:BatchGetItem on ledger", ["mail"]],
    ["mail: sqs:SendMessage on its dead letters", ["mail"]],
    ["pdf: s3:PutObject on files/*", ["pdf"]],
    ["worker: dynamodb:UpdateItem on ledger", ["mail", "pdf"]],
    ["worker: sqs:ReceiveMessage on its queue", ["mail", "pdf"]],
  ]);
});

test("who receives from no queue is the API, or the WebSocket's function where it has connections to answer", () => {
  const socket = policy(
    "s",
    [["dynamodb:UpdateItem"], [ledger]],
    [["execute-api:ManageConnections"], ["arn:aws:execute-api:r:1:a/live/*/@connections/*"]],
  );
  expect(grantsOf([socket], names).map(({ name }) => name)).toEqual([
    "socket: dynamodb:UpdateItem on ledger",
    "socket: execute-api:ManageConnections on connections",
  ]);
});

test("what nobody knows is a grant by its ARN, so that no line of the tables fits it", () => {
  const [grant] = grantsOf([policy("a", [["s3:GetObject"], ["arn:aws:s3:::other/x/*"]])], names);
  expect(grant?.name).toBe("api: s3:GetObject on arn:aws:s3:::other/x/*");
});

test("a policy without a right has all others, with their conditions", () => {
  const condition = { StringEquals: { "ses:FromAddress": "hello@example.com" } };
  const { Statement } = policy("m", [
    ["ses:SendEmail", "ses:SendRawEmail"],
    ["a", "b"],
  ]).document;
  const whole = {
    ...mail,
    document: { Statement: Statement.map((each) => ({ ...each, Condition: condition })) },
  };
  const less = without(whole, ({ action, resource }) => action === "ses:SendEmail" && resource === "a");
  expect(rightsOf(less)).toEqual([
    { action: "ses:SendEmail", resource: "b" },
    { action: "ses:SendRawEmail", resource: "a" },
    { action: "ses:SendRawEmail", resource: "b" },
  ]);
  for (const { Condition } of less.document.Statement) expect(Condition).toEqual(condition);
  expect(without(mail, ({ action }) => action === "dynamodb:UpdateItem").document.Statement).toHaveLength(3);
});

const [put, update] = ["api: dynamodb:PutItem on ledger", "worker: dynamodb:UpdateItem on ledger"];
const two = grants.filter(({ name }) => [put, update].includes(name));
const rounds = { [put]: { file: "sign-up" }, [update]: { file: "sign-up", of: "pdf" } };

test("each grant has a round, with the function that loses it, or the reason why it has none", () => {
  expect(planOf(two, rounds, {})).toMatchObject([
    { grant: { name: put }, round: { file: "sign-up" }, holding: { policy: api } },
    { grant: { name: update }, holding: { policy: pdf, rights: [{ resource: ledger }] } },
  ]);
  const reasons = { "dynamodb:PutItem on ledger": "no emulator asks for it" };
  const { [put]: _, ...others } = rounds;
  expect(planOf(two, others, reasons)[0]).toMatchObject({ reason: "no emulator asks for it" });
});

test.each<[string, Parameters<typeof planOf>[1], Parameters<typeof planOf>[2], string]>([
  [
    "a grant without a line",
    { [put]: { file: "a" } },
    {},
    `${update}: a line in one of rounds and cannotShow, got none`,
  ],
  [
    "a grant with two",
    rounds,
    { "dynamodb:PutItem on ledger": "why" },
    `${put}: a line in one of rounds and cannotShow, got both`,
  ],
  [
    "a round without a grant",
    { ...rounds, "api: a:B on c": { file: "a" } },
    {},
    "rounds: grants that there are, got api: a:B on c",
  ],
  [
    "a reason without a grant",
    rounds,
    { "a:B on c": "why" },
    "cannotShow: grants that there are, got a:B on c",
  ],
  [
    "a round that doesn't say whose",
    { ...rounds, [update]: { file: "a" } },
    {},
    `${update}.of: one of mail, pdf, got nothing`,
  ],
  [
    "a round of somebody who hasn't got it",
    { ...rounds, [update]: { file: "a", of: "api" } },
    {},
    `${update}.of: one of mail, pdf, got api`,
  ],
])("%s is an error", (_what, some, reasons, message) => {
  expect(() => planOf(two, some, reasons)).toThrow(message);
});
