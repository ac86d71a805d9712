import { describe, expect, test } from "@jest/globals";
import { Table } from "aws-cdk-lib/aws-dynamodb";
import { type IVpc, Vpc } from "aws-cdk-lib/aws-ec2";
import { Key } from "aws-cdk-lib/aws-kms";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { Stack } from "aws-cdk-lib/core";
import { catalog } from "../../functions/catalog.ts";
import { addService } from "../../infra/service.ts";
import { targets } from "../../infra/targets.ts";
import { defineCatalog, defineJob } from "../../shared/index.ts";
import { type CfnTemplate, createApp, createService, ownService, resourcesOf } from "../support/infra.ts";

describe("of one's own", () => {
  test("a VPC, a key, memory and variables reach every function", () => {
    const app = createApp();
    const stack = new Stack(app, "own");
    const own = { vpc: new Vpc(stack, "Vpc") as IVpc, encryptionKey: new Key(stack, "Key") };
    const mail = { from: "hello@example.com" };
    const environment = { TZ: "UTC", LEDGER_TABLE: "not this" };
    const stacks = addService(app, {
      ...{ service: ownService, mail, environment, memorySize: 1024, target: targets.aws },
      ...own,
    });
    const assembly = app.synth();
    const templates = Object.values(stacks).map(
      ({ stackName }): CfnTemplate => assembly.getStackByName(stackName).template,
    );
    const functions = templates.flatMap((template) =>
      Object.values(resourcesOf(template, "AWS::Lambda::Function")),
    );
    expect(functions).toHaveLength(9);
    // Every function's but that of the job which says its own.
    expect(functions.map(({ Properties }) => Properties["MemorySize"]).sort()).toEqual([
      ...Array(8).fill(1024),
      1769,
    ]);
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({ VpcConfig: expect.anything() });
      expect(Properties["Environment"].Variables).toMatchObject({ TZ: "UTC" });
      expect(Properties["Environment"].Variables["LEDGER_TABLE"]).not.toBe("not this");
    }
    const policies = templates.flatMap((template) =>
      Object.values(resourcesOf(template, "AWS::IAM::Policy")),
    );
    for (const policy of policies)
      expect(JSON.stringify(policy)).toContain('"kms:Decrypt","kms:GenerateDataKey"');
    const queues = templates.flatMap((template) => Object.values(resourcesOf(template, "AWS::SQS::Queue")));
    for (const { Properties } of queues) expect(Properties["KmsMasterKeyId"]).toBeDefined();
  });

  test("a table and a bucket that are there already take the place of new ones", () => {
    const app = createApp();
    const stack = new Stack(app, "own");
    const existing = {
      profiles: Table.fromTableName(stack, "Customers", "customers"),
      files: Bucket.fromBucketName(stack, "Documents", "documents"),
    };
    const mail = { from: "hello@example.com" };
    const stacks = addService(app, { service: ownService, mail, existing, target: targets.aws });
    const assembly = app.synth();
    const data: CfnTemplate = assembly.getStackByName(stacks.data.stackName).template;
    expect(Object.keys(resourcesOf(data, "AWS::DynamoDB::Table"))).toEqual(["LedgerB7379752"]);
    const workers = JSON.stringify(assembly.getStackByName(stacks.workers.stackName).template);
    expect(workers).toContain('"PROFILES_TABLE":"customers"');
    expect(workers).toContain('"FILES_BUCKET":"documents"');
  });
});

test("a job that uses what there isn't is refused", () => {
  const [first] = catalog.jobs.values();
  if (!first) throw new Error("the catalog has no job");
  const job = defineJob({ name: "send-welcome-email", input: first.input, uses: ["mail", "fax"] });
  const service = { ...ownService, catalog: defineCatalog({ flows: [], jobs: [job] }) };
  expect(() => createService({ service })).toThrow(
    'send-welcome-email.uses: one of files, profiles, uploads, mail, got "fax"',
  );
});
