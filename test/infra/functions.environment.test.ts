import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { catalog } from "../../functions/catalog.ts";
import { readEnvironment } from "../../functions/environment.ts";
import { loadServiceFolder, type ServiceFolder } from "../../infra/service-folder.ts";
import { defineCatalog, defineJob } from "../../shared/index.ts";
import { type CfnTemplate, createTemplates, resourcesOf } from "../support/infra.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: all variables together, names included. */
const limitBytes = 4096;

const stack = "errand-test-workers";
/** As CloudFormation does: the names of stack and resource, and twelve characters of its own. */
const nameOf = (logicalId: string) => `${stack}-${logicalId}-ABCDEFGHIJKL`.slice(0, 80);
/** Of the region with the longest name. */
const urlOf = (logicalId: string) =>
  `https://sqs.ap-southeast-1.amazonaws.com/123456789012/${nameOf(logicalId)}`;

/** What CloudFormation makes of a reference. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  const { "Fn::Join": join, "Fn::ImportValue": imported, "Fn::GetAtt": attribute, Ref: id } = Object(value);
  if (join) return join[1].map(textOf).join(join[0]);
  if (attribute?.[1] === "QueueName") return nameOf(attribute[0]);
  const logicalId = String(id ?? imported);
  return logicalId.includes("Queue") ? urlOf(logicalId) : nameOf(logicalId).slice(0, 63);
}

/** By logical id, each function's variables as it gets them. */
function variablesOf(template: CfnTemplate): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const functions = Object.entries(resourcesOf(template, "AWS::Lambda::Function"));
  return Object.fromEntries(
    functions.map(([id, { Properties }]) => {
      const variables: Readonly<Record<string, unknown>> = Properties["Environment"].Variables;
      const texts = Object.entries(variables).map(([name, value]) => [name, textOf(value)]);
      return [id, Object.fromEntries(texts)];
    }),
  );
}

/** A service of so many jobs, each with a name of eighteen characters, and a folder of empty functions. */
function serviceOf(count: number): ServiceFolder {
  const input = [...catalog.jobs.values()][0]?.input;
  if (!input) throw new Error("the catalog has no job");
  const names = Array.from({ length: count }, (_, index) => `send-report-of-d${10 + index}`);
  for (const name of ["api", "dispatch", "notify", "socket", "webhook", ...names]) {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, "lambda.ts"), "");
  }
  const jobs = names.map((name) => defineJob({ name, input }));
  return { directory, catalog: defineCatalog({ flows: [], jobs }) };
}

/** Below the project's root, as CDK wants its entries, and out of git. */
mkdirSync("cdk.out", { recursive: true });
const directory = mkdtempSync(resolve("cdk.out", "service-"));
afterAll(() => rmSync(directory, { recursive: true }));

test.each<[string, () => ServiceFolder | Promise<ServiceFolder>]>([
  ["functions", () => loadServiceFolder(resolve("functions"))],
  ["test/acceptance/service", () => loadServiceFolder(resolve("test/acceptance/service"))],
  ["a service of thirty jobs", () => serviceOf(30)],
])("the variables of each function of %s fit into Lambda's 4 KB, whatever the region", async (_, load) => {
  const { workers, api } = createTemplates({ service: await load(), stage: "test" });
  const sizes = [workers, api].flatMap((template) =>
    Object.entries(variablesOf(template)).map(([id, variables]) => {
      const texts = Object.entries(variables).flat();
      return [id, Buffer.byteLength(texts.join(""))] as const;
    }),
  );
  expect(sizes.length).toBeGreaterThan(4);
  expect(sizes.filter(([, bytes]) => bytes > limitBytes)).toEqual([]);
});

test("the dispatcher's short form stands for the URLs of its queues", () => {
  const { workers } = createTemplates({ stage: "test" });
  const queues = Object.keys(resourcesOf(workers, "AWS::SQS::Queue"));
  const [, dispatcher] = Object.entries(variablesOf(workers)).find(([id]) => id.startsWith("Dispatch")) ?? [];
  const urls = readEnvironment(dispatcher).queueUrls();
  expect(Object.keys(urls)).toEqual([
    ...["dispatch", "dispatch-dead-letters", "notify", "webhook"],
    ...catalog.jobs.keys(),
  ]);
  const jobsLetters = /(?<!Dispatch)QueueDeadLetters/;
  const own = queues.filter((id) => !jobsLetters.test(id)).map(urlOf);
  expect(Object.values(urls).sort()).toEqual(own.sort());
});
