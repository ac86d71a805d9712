import { describe, expect, test } from "@jest/globals";
import { createTemplates, resourcesOf } from "../support/infra.ts";

const standard = createTemplates();

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
