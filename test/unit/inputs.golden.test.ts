import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "@jest/globals";
import { catalog } from "../../functions/catalog.ts";
import { parseInput } from "../../shared/catalog/violation.ts";
import { planJobs } from "../../shared/producer/plan-jobs.ts";
import { type GoldenForm, goldenProblems, nextFile, shapeOf } from "../support/golden-inputs.ts";

/**
 * Inputs as they have ever been on the wire, a folder a job, and requests, a folder a flow: after a deploy old messages
 * are still in the queues, and a request may be repeated with its key. `ERRAND_GOLDEN=write npm run jest -- inputs.golden`
 * adds the file of a new shape, without inputs yet.
 */
const folder = new URL("golden/inputs/", import.meta.url);
const definitions = [...catalog.jobs.values(), ...catalog.flows.values()];

function formsOf(name: string): readonly GoldenForm[] {
  const own = new URL(`${name}/`, folder);
  if (!existsSync(own)) return [];
  return readdirSync(own).map((file) => ({ file, ...JSON.parse(readFileSync(new URL(file, own), "utf8")) }));
}

if (process.env["ERRAND_GOLDEN"] === "write") {
  for (const { name, input } of definitions) {
    const shape = shapeOf(input);
    const forms = formsOf(name);
    if (forms.some((form) => isDeepStrictEqual(form.shape, shape))) continue;
    mkdirSync(new URL(name, folder), { recursive: true });
    writeFileSync(
      new URL(`${name}/${nextFile(forms)}`, folder),
      `${JSON.stringify({ shape, inputs: [] }, undefined, 2)}\n`,
    );
  }
}

test.each(definitions.map((definition) => [definition.name, definition] as const))(
  "the schema of %s takes every input that may be in flight, and its shape is recorded",
  async (name, definition) => {
    expect(await goldenProblems(definition, formsOf(name))).toEqual([]);
  },
);

test.each([...catalog.flows.values()].map((flow) => [flow.name, flow] as const))(
  "every request of %s can still be planned",
  async (name, flow) => {
    for (const input of formsOf(name).flatMap(({ inputs }) => inputs)) {
      expect((await planJobs(flow, await parseInput(flow.input, input), catalog)).size).toBeGreaterThan(0);
    }
  },
);

test("inputs are kept for jobs and flows of the catalog alone: those of a job that was taken out go with it", () => {
  expect(definitions.map(({ name }) => name)).toEqual(expect.arrayContaining(readdirSync(folder)));
});
