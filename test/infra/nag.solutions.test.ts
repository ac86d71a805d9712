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

test.each(Object.values(targets))("cdk-nag finds nothing that has no written reason on $name", (target) => {
  expect(findings(createService({ target }))).toEqual([]);
  expect(findings(createService({ target, stage: "test", tracing: true }))).toEqual([]);
});
