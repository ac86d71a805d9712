import { expect, test } from "@jest/globals";
import { readPage } from "../support/markdown.ts";

const workflow = readPage(".github/workflows/ci.yml");

test("the workflow runs .ci/run, may read and nothing else, and each of its jobs has a limit", () => {
  expect(workflow).toContain("- run: .ci/run\n");
  expect(workflow).toMatch(/^permissions:\n {2}contents: read\n\n/m);
  expect(workflow.match(/permissions:/g)).toHaveLength(1);
  const jobs = workflow.match(/runs-on:/g) ?? [];
  expect(workflow.match(/timeout-minutes: \d+/g)).toHaveLength(jobs.length);
});

test("actions are pinned by their commit", () => {
  const uses = [...workflow.matchAll(/uses: (.+)/g)].map(([, action]) => action);
  expect(uses.length).toBeGreaterThan(0);
  for (const action of uses) expect(action).toMatch(/^actions\/[a-z-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/);
});

test("a rule of cfn-lint that is ignored has a reason above it", () => {
  const lines = readPage(".cfnlintrc.yaml").split("\n");
  const ignored = lines.flatMap((line, index) => (/^ *- [EWI]\d{4}$/.test(line) ? [index] : []));
  expect(ignored.length).toBeGreaterThan(0);
  expect(lines.filter((line) => line.trim().startsWith("- "))).toHaveLength(ignored.length);
  for (const index of ignored) expect(lines[index - 1]).toMatch(/^ *# .{20,}/);
});
