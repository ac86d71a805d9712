import { expect, test } from "@jest/globals";
import { AwsSolutionsChecks } from "cdk-nag";
import { targets } from "../../infra/targets.ts";
import { createService } from "../support/infra.ts";

const findings = (service: ReturnType<typeof createService>) =>
  new AwsSolutionsChecks(service.app)
    .validateScope(service.app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    );

test("cdk-nag finds nothing that has no written reason", () => {
  expect(findings(createService())).toEqual([]);
  expect(findings(createService({ stage: "test", target: targets.ministack }))).toEqual([]);
});
