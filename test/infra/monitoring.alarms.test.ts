import { describe, expect, test } from "@jest/globals";
import * as v from "valibot";
import { catalog } from "../../functions/catalog.ts";
import { targets } from "../../infra/targets.ts";
import { defineCatalog, defineJob } from "../../shared/index.ts";
import { type CfnTemplate, createTemplates, ownService, plainId, resourcesOf } from "../support/infra.ts";

const { monitoring } = createTemplates({ alarms: { email: "ops@example.com" } });

function alarmsOf(template: CfnTemplate) {
  const entries = Object.entries(resourcesOf(template, "AWS::CloudWatch::Alarm"));
  return new Map(entries.map(([id, { Properties }]) => [plainId(id), Properties]));
}
const alarms = alarmsOf(monitoring);
const alarm = (id: string) => alarms.get(id) ?? {};

const queues = [
  ...["CreateProfile", "Dispatch", "Notify", "RenderReceipt", "ResizeAvatar"],
  ...["SendWelcomeEmail", "Webhook"],
];
const functions = ["Api", "Socket", ...queues];

test("the stack has these resources and no others", () => {
  const list = Object.entries(monitoring.Resources).map(([id, { Type }]) => `${plainId(id)} ${Type}`);
  expect(list.sort()).toEqual(
    [
      ...queues.flatMap((name) =>
        ["DeadLetters", "OldReturned", "OldWaiting"].map((kind) => `${name}${kind}`),
      ),
      ...functions.flatMap((name) => [`${name}Errors`, `${name}Throttles`]),
      ...["Api5xx", "EngineTrouble", "FailedFlows", "OverdueFlows", "ServiceDown"],
      ...["BounceRate", "ComplaintRate"],
    ]
      .map((id) => `${id} AWS::CloudWatch::Alarm`)
      .concat("Alarms AWS::SNS::Topic", "AlarmsPolicy AWS::SNS::TopicPolicy")
      .concat("Alarmsopsexamplecom AWS::SNS::Subscription", "Dashboard AWS::CloudWatch::Dashboard")
      .sort(),
  );
});

const five = 300;
const once = { EvaluationPeriods: 1, DatapointsToAlarm: 1, Period: five, Threshold: 1 };
const twice = { EvaluationPeriods: 3, DatapointsToAlarm: 2, Period: five, Threshold: 1 };
const own = (MetricName: string, Dimensions: object[]) => ({ Namespace: "Errand", MetricName, Dimensions });
const service = { Name: "Service", Value: "errand" };

describe("an alarm is raised", () => {
  test.each(queues)("by the first dead letter of %s, however it came there", (name) => {
    expect(alarm(`${name}DeadLetters`)).toMatchObject({
      ...{
        ...once,
        Namespace: "AWS/SQS",
        MetricName: "ApproximateNumberOfMessagesVisible",
        Statistic: "Maximum",
      },
      Dimensions: [
        {
          Name: "QueueName",
          Value: { "Fn::ImportValue": expect.stringContaining(`${name}QueueDeadLetters`) },
        },
      ],
    });
  });

  // T: the job's timeout. 5 attempts, each as long as the queue's visibility timeout, and the backoffs of 10, 20, 40, 80 s.
  test.each([
    ["SendWelcomeEmail", "send-welcome-email", 5 * 6 * (2 * 10 + 5) + 150],
    ["CreateProfile", "create-profile", 5 * 6 * (2 * 10 + 5) + 150],
    ["RenderReceipt", "render-receipt", 5 * 6 * (2 * 20 + 5) + 150],
    ["ResizeAvatar", "resize-avatar", 5 * 6 * (2 * 30 + 5) + 150],
    // A check's delay, and a turn.
    ["Dispatch", "dispatch", 900 + 600],
    // The longest hold: a notice waits for nothing longer without a try.
    ["Notify", "notify", 3600],
    ["Webhook", "webhook", 3600],
  ])(
    "by a message of %s that is older than its promise, whether it waits or was given back",
    (id, job, promise) => {
      expect(alarm(`${id}OldWaiting`)).toMatchObject({
        ...{ ...once, Threshold: promise, Statistic: "Maximum" },
        ...{ Namespace: "AWS/SQS", MetricName: "ApproximateAgeOfOldestMessage" },
      });
      expect(alarm(`${id}OldReturned`)).toMatchObject({
        // As long as the longest hold between two tries.
        ...{ ...once, Threshold: promise, Period: 3600, Statistic: "Maximum" },
        ...own("OldestSeconds", [{ Name: "Job", Value: job }, service]),
      });
    },
  );

  test.each(functions)("by %s failing or being throttled in two of three periods", (name) => {
    const shared = { ...twice, Namespace: "AWS/Lambda", Statistic: "Sum" };
    expect(alarm(`${name}Errors`)).toMatchObject({ ...shared, MetricName: "Errors" });
    expect(alarm(`${name}Throttles`)).toMatchObject({ ...shared, MetricName: "Throttles" });
  });

  test("by the first flow that failed, and by the first past its deadline", () => {
    expect(alarm("FailedFlows")).toMatchObject({
      ...once,
      Statistic: "Sum",
      ...own("FlowsFailed", [service]),
    });
    expect(alarm("OverdueFlows")).toMatchObject({
      ...once,
      Statistic: "Sum",
      ...own("FlowsOverdue", [service]),
    });
  });

  test("by messages that can't be worked for a quarter of an hour", () => {
    expect(alarm("EngineTrouble")).toMatchObject({
      ...{ EvaluationPeriods: 3, DatapointsToAlarm: 3, Period: five, Threshold: 1, Statistic: "Sum" },
      ...own("MessagesFailed", [service]),
    });
  });

  test("by a service that jobs have found down for a quarter of an hour", () => {
    expect(alarm("ServiceDown")).toMatchObject({
      ...{ EvaluationPeriods: 3, DatapointsToAlarm: 3, Period: five, Threshold: 1, Statistic: "Sum" },
      ...own("ServicesDown", [service]),
    });
  });

  test("by no function of a WebSocket where the target has none", () => {
    const ids = [...alarmsOf(createTemplates({ target: targets.localstack }).monitoring).keys()];
    expect(ids.filter((id) => id.startsWith("Socket"))).toEqual([]);
    expect(ids).toContain("ApiErrors");
  });

  test("by answers of 5xx, under the name that the kind of API has for them", () => {
    expect(alarm("Api5xx")).toMatchObject({ ...twice, Namespace: "AWS/ApiGateway", MetricName: "5xx" });
    const rest = alarmsOf(createTemplates({ target: targets.localstack }).monitoring);
    expect(rest.get("Api5xx")).toMatchObject({ ...twice, MetricName: "5XXError" });
  });

  test.each([
    ["BounceRate", 0.05],
    ["ComplaintRate", 0.001],
  ])("by the account's %s from where AWS looks at it on, whoever sent that mail", (kind, Threshold) => {
    expect(alarm(kind)).toMatchObject({
      ...{ ...once, Threshold, Statistic: "Maximum" },
      ...{ Namespace: "AWS/SES", MetricName: `Reputation.${kind}` },
    });
    expect(alarm(kind)["Dimensions"]).toBeUndefined();
  });

  test("by no rate of mail where the service sends none, or by no configuration set", () => {
    const jobs = [...catalog.jobs.values()].filter(({ uses }) => !uses.includes("mail"));
    const silent = { ...ownService, catalog: defineCatalog({ flows: [], jobs }) };
    for (const options of [{ service: silent }, { target: targets.localstack }]) {
      const ids = [...alarmsOf(createTemplates(options).monitoring).keys()];
      expect(ids).not.toEqual(expect.arrayContaining([expect.stringMatching(/BounceRate|ComplaintRate/)]));
    }
  });

  test("at the threshold itself, never by silence, and told to the topic when it begins and only then", () => {
    const [topic] = Object.keys(resourcesOf(monitoring, "AWS::SNS::Topic"));
    for (const [id, properties] of alarms) {
      expect(properties).toMatchObject({
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
        // A rate that nothing has changed is what it was.
        TreatMissingData: id.endsWith("Rate") ? "ignore" : "notBreaching",
        AlarmActions: [{ Ref: topic }],
      });
      expect([properties["OKActions"], properties["Metrics"]]).toEqual([undefined, undefined]);
    }
  });
});

test("a new job gets its alarms by standing in the catalog, with its own promise", () => {
  const job = defineJob({ name: "render-receipt", input: v.string(), timeoutSeconds: 60, attempts: 2 });
  const service = { ...ownService, catalog: defineCatalog({ flows: [], jobs: [job] }) };
  const more = alarmsOf(createTemplates({ service }).monitoring);
  expect([...more.keys()].filter((id) => id.startsWith("RenderReceipt"))).toHaveLength(5);
  expect(more.get("RenderReceiptOldWaiting")).toMatchObject({ Threshold: 2 * 6 * (2 * 60 + 5) + 10 });
});

test("a stage counts and alarms under its own name", () => {
  const { workers, monitoring: ofTest } = createTemplates({ stage: "test" });
  expect(alarmsOf(ofTest).get("FailedFlows")?.["Dimensions"]).toEqual([
    { Name: "Service", Value: "errand-test" },
  ]);
  // The WebSocket's works no batches, and counts nothing.
  const functions = Object.values(resourcesOf(workers, "AWS::Lambda::Function")).filter(
    ({ Properties }) => "QUEUE_URLS" in Properties["Environment"].Variables,
  );
  expect(functions).toHaveLength(catalog.jobs.size + 3);
  for (const { Properties } of functions) {
    expect(Properties["Environment"].Variables["ERRAND_SERVICE"]).toBe("errand-test");
  }
});

describe("the topic", () => {
  const statements = Object.values(resourcesOf(monitoring, "AWS::SNS::TopicPolicy")).flatMap(
    ({ Properties }) => Properties["PolicyDocument"].Statement,
  );

  test("takes what comes by TLS, and lets the account's alarms publish, which a policy of one's own would else forbid", () => {
    expect(statements).toHaveLength(2);
    expect(statements).toContainEqual(
      expect.objectContaining({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
    );
    expect(statements).toContainEqual(
      expect.objectContaining({
        Effect: "Allow",
        Action: "sns:Publish",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
      }),
    );
  });

  test("has the address as a subscriber, and nobody without one", () => {
    const subscribers = (template: CfnTemplate) =>
      Object.values(resourcesOf(template, "AWS::SNS::Subscription")).map(
        ({ Properties }) => Properties["Endpoint"],
      );
    expect(subscribers(monitoring)).toEqual(["ops@example.com"]);
    expect(subscribers(createTemplates().monitoring)).toEqual([]);
  });
});
