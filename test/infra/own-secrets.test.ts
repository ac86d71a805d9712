import { expect, test } from "@jest/globals";
import { createTemplates, resourcesOf } from "../support/infra.ts";

test.each([
  ["production", "errand"],
  ["dev", "errand-dev"],
] as const)(
  "functions are told where the secrets of stage %s are, that no template has and no other stage shares",
  (stage, service) => {
    const { data, workers, api, monitoring } = createTemplates({ stage });
    const told = Object.values(resourcesOf(workers, "AWS::Lambda::Function")).flatMap(({ Properties }) => {
      const { MAILBOX_KEY, WEBHOOK_SECRET } = Properties["Environment"].Variables;
      return [MAILBOX_KEY, WEBHOOK_SECRET].filter((value) => value !== undefined);
    });
    expect(told.sort()).toEqual([
      `ssm:/errand/${service}/mailbox-key`,
      `ssm:/errand/${service}/webhook-secret`,
    ]);
    // CloudFormation would make them of plain texts.
    for (const template of [data, workers, api, monitoring])
      expect(Object.values(template.Resources).map(({ Type }) => Type)).not.toContain("AWS::SSM::Parameter");
  },
);
