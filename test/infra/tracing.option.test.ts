import { describe, expect, test } from "@jest/globals";
import { AwsSolutionsChecks } from "cdk-nag";
import { readContext } from "../../infra/context.ts";
import { targets } from "../../infra/targets.ts";
import { type CfnTemplate, createService, createTemplates, resourcesOf } from "../support/infra.ts";

const contextOf = (tracing: unknown) => {
  const values: Readonly<Record<string, unknown>> = { mailFrom: "hello@example.com", tracing };
  return readContext((name) => values[name]).tracing;
};

const functionsOf = (templates: readonly CfnTemplate[]) =>
  templates.flatMap((template) => Object.values(resourcesOf(template, "AWS::Lambda::Function")));

/** What each function may do to anything at all. */
const wildGrantsOf = (templates: readonly CfnTemplate[]) =>
  templates
    .flatMap((template) => Object.values(resourcesOf(template, "AWS::IAM::Policy")))
    .map(({ Properties }) => {
      const statements: readonly Statement[] = Properties["PolicyDocument"].Statement;
      return statements.filter(({ Resource }) => Resource === "*").flatMap(({ Action }) => Action);
    });

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

describe("-c tracing", () => {
  test.each([
    [undefined, false],
    ["false", false],
    [false, false],
    ["true", true],
    [true, true],
  ])("%j means %s", (value, tracing) => {
    expect(contextOf(value)).toBe(tracing);
  });

  test.each(["", "yes", 1])("is refused with what to type: %j", (value) => {
    expect(() => contextOf(value)).toThrow(`tracing: true or false, got ${JSON.stringify(value)}`);
  });
});

describe("with tracing", () => {
  const { workers, api } = createTemplates({ tracing: true });

  test("each function is traced, and may write its traces: all that it may do to anything", () => {
    const functions = functionsOf([workers, api]);
    expect(functions).toHaveLength(9);
    for (const { Properties } of functions) expect(Properties["TracingConfig"]).toEqual({ Mode: "Active" });
    const actions = expect.arrayContaining(["xray:PutTraceSegments", "xray:PutTelemetryRecords"]);
    const wildGrants = wildGrantsOf([workers, api]);
    expect(wildGrants).toEqual(functions.map(() => actions));
    expect(wildGrants.flat()).toHaveLength(2 * functions.length);
  });

  test("cdk-nag finds nothing that has no written reason", () => {
    for (const target of [targets.aws, targets.ministack]) {
      const { app } = createService({ tracing: true, target });
      const { violations } = new AwsSolutionsChecks(app).validateScope(app);
      expect(violations.map(({ ruleName }) => ruleName)).toEqual([]);
    }
  });
});

test("without it nothing is traced, and no function may write traces", () => {
  const { workers, api } = createTemplates();
  for (const { Properties } of functionsOf([workers, api])) {
    expect(Properties).not.toHaveProperty("TracingConfig");
  }
  expect(wildGrantsOf([workers, api]).flat()).toEqual([]);
});
