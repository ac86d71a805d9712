import { describe, expect, test } from "@jest/globals";
import { targets } from "../../infra/targets.ts";
import { type CfnTemplate, createTemplates, resourcesOf } from "../support/infra.ts";

describe("what differs between targets", () => {
  test("is a batch's action, which IAM doesn't know and an emulator asks for", () => {
    const { ministack, aws } = targets;
    const { workers, api } = createTemplates({ target: ministack });
    expect(JSON.stringify(workers)).toContain('"sqs:SendMessageBatch"');
    // It sends one message a request.
    expect(JSON.stringify(api)).not.toContain("SendMessageBatch");
    expect(JSON.stringify(createTemplates({ target: aws }))).not.toContain("SendMessageBatch");
  });

  const localstack = createTemplates({ target: targets.localstack });
  const functionOf = ({ Resources }: CfnTemplate, start: string) =>
    Object.entries(Resources).find(
      ([id, { Type }]) => id.startsWith(start) && Type === "AWS::Lambda::Function",
    )?.[1];

  test("is a REST API where there is no HTTP API", () => {
    expect(Object.keys(resourcesOf(localstack.api, "AWS::ApiGateway::RestApi"))).toHaveLength(1);
    expect(Object.keys(resourcesOf(localstack.api, "AWS::ApiGatewayV2::Api"))).toHaveLength(0);
  });

  test("is mail by SES v1 where there is no v2, with the grant of its one call", () => {
    const { Variables } = functionOf(localstack.workers, "SendWelcomeEmail")?.Properties["Environment"] ?? {};
    expect(Variables).toMatchObject({ MAIL_SERVICE: "ses-v1", MAIL_FROM: "Errand <hello@example.com>" });
    const actions = JSON.stringify(localstack.workers).match(/"ses:Send\w+"/g);
    expect(new Set(actions)).toEqual(new Set(['"ses:SendRawEmail"']));
  });

  test("is a sender without resources where those fail a stack, and without DNS records where there are none", () => {
    const sesOf = ({ Resources }: CfnTemplate) =>
      Object.values(Resources).filter(({ Type }) => Type.startsWith("AWS::SES::"));
    expect(sesOf(localstack.workers)).toEqual([]);
    expect(JSON.stringify(localstack.workers)).not.toContain("MAIL_CONFIGURATION_SET");
    const ministack = createTemplates({ target: targets.ministack }).workers;
    expect(sesOf(ministack)).toHaveLength(2);
    expect(JSON.stringify(ministack)).not.toContain("DkimDNSToken");
  });

  test("is the emulators' processor and the form of their URL", () => {
    const architecture = process.arch === "arm64" ? "arm64" : "x86_64";
    expect(functionOf(localstack.api, "Api")?.Properties["Architectures"]).toEqual([architecture]);
    const [api] = Object.keys(resourcesOf(localstack.api, "AWS::ApiGateway::RestApi"));
    expect(localstack.api.Outputs["ApiUrl"]?.Value).toEqual({
      "Fn::Join": ["", ["/_aws/execute-api/", { Ref: api }, "/live"]],
    });
  });
});
