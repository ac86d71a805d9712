import { describe, expect, test } from "@jest/globals";
import { catalog } from "../../functions/catalog.ts";
import { idleCost } from "../../infra/idle-cost/idle-cost.ts";
import { createService } from "../support/infra.ts";
import { readPage } from "../support/markdown.ts";

const resource = (Type: string, Properties: object = {}) => ({ Type, Properties });
const costOf = (...resources: object[]) =>
  idleCost([{ Resources: Object.fromEntries(Object.entries(resources)) }]);
const source = "AWS::Lambda::EventSourceMapping";
const alarm = "AWS::CloudWatch::Alarm";

describe("the service, while nobody uses it,", () => {
  const cost = idleCost(
    createService()
      .app.synth()
      .stacks.map(({ template }) => template),
  );
  const line = (type: string) => cost.lines.find((candidate) => candidate.type === type);

  test("polls seven queues with five pollers each, three times a minute: $1.84, $1.44 after SQS's free million", () => {
    expect(catalog.jobs.size + 3).toBe(7); // and those of the dispatcher, of pushes and of webhooks
    // 7 × 5 × 3 × 60 × 730 = 4 599 000 receives a month, at $0.40 a million.
    expect(line(source)).toMatchObject({ count: 7, billed: "4,599,000 SQS requests" });
    expect(line(source)?.dollars).toBeCloseTo(4.599 * 0.4, 10);
    expect(line(source)?.dollarsAlone).toBeCloseTo(3.599 * 0.4, 10);
  });

  test("costs the sum of its lines, of which those of data, functions and API are nothing", () => {
    expect(cost.dollars).toBeCloseTo(
      cost.lines.reduce((sum, { dollars }) => sum + dollars, 0),
      10,
    );
    for (const type of [
      "AWS::DynamoDB::Table",
      "AWS::S3::Bucket",
      "AWS::Lambda::Function",
      "AWS::SQS::Queue",
    ]) {
      expect(line(type)).toMatchObject({ dollars: 0, dollarsAlone: 0 });
    }
  });

  test("costs what docs/deploy.md says", () => {
    const [, dollars, alone] =
      /\*\*Nobody uses it: \$([\d.]+) a month\*\*, or \$([\d.]+) /.exec(readPage("docs/deploy.md")) ?? [];
    expect([dollars, alone]).toEqual([cost.dollars.toFixed(2), cost.dollarsAlone.toFixed(2)]);
  });
});

describe("an event source", () => {
  test("without a maximum concurrency is polled by two", () => {
    expect(costOf(resource(source)).lines[0]?.billed).toBe("262,800 SQS requests");
  });

  test("that is off asks for nothing", () => {
    expect(costOf(resource(source, { Enabled: false })).dollars).toBe(0);
  });
});

describe("monitoring costs", () => {
  test("ten cents an alarm after the first ten", () => {
    const { dollars, dollarsAlone } = costOf(...Array.from({ length: 12 }, () => resource(alarm)));
    expect([dollars, dollarsAlone].map((amount) => amount.toFixed(2))).toEqual(["1.20", "0.20"]);
  });

  test("as many alarms as an expression has metrics", () => {
    const metrics = [{ Expression: "a / b" }, { MetricStat: {} }, { MetricStat: {} }];
    expect(costOf(resource(alarm, { Metrics: metrics })).dollars).toBeCloseTo(0.2);
  });

  test("three dollars a dashboard after the first three", () => {
    const cost = costOf(...Array.from({ length: 4 }, () => resource("AWS::CloudWatch::Dashboard")));
    expect([cost.dollars, cost.dollarsAlone]).toEqual([12, 3]);
  });
});

test("a key of one's own costs a dollar", () => {
  expect(costOf(resource("AWS::KMS::Key"))).toMatchObject({ dollars: 1, dollarsAlone: 1 });
});

test.each([
  [
    resource("AWS::EC2::NatGateway", { SubnetId: "s" }),
    'AWS::EC2::NatGateway: a type whose idle price is known (infra/idle-cost/prices.ts), got {"SubnetId":"s"}',
  ],
  [
    resource("AWS::DynamoDB::Table", { BillingMode: "PROVISIONED" }),
    'AWS::DynamoDB::Table.BillingMode: "PAY_PER_REQUEST", whose idle price is known, got "PROVISIONED"',
  ],
  [
    resource(source, { ProvisionedPollerConfig: { MinimumPollers: 2 } }),
    'AWS::Lambda::EventSourceMapping.ProvisionedPollerConfig: nothing, whose idle price is known, got {"MinimumPollers":2}',
  ],
  [
    resource(alarm, { Period: 10 }),
    "AWS::CloudWatch::Alarm.Period: 60 or more, whose price is known, got 10",
  ],
])("%j is refused: nobody has looked up its price", (unknown, message) => {
  expect(() => costOf(unknown)).toThrow(message);
});
