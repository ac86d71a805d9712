import { resolve } from "node:path";
import { expect, test } from "@jest/globals";
import { loadServiceFolder } from "../../infra/service-folder.ts";
import { createTemplates, resourcesOf } from "../support/infra.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: all variables together, names included. */
const limitBytes = 4096;

/** What CloudFormation makes of a reference: the longest of names and of regions. */
function textOf(value: unknown, stack: string): string {
  if (typeof value === "string") return value;
  const { "Fn::Join": join, "Fn::ImportValue": imported, Ref: id } = Object(value);
  if (join) return join[1].map((part: unknown) => textOf(part, stack)).join(join[0]);
  const logicalId = String(id ?? imported);
  const name = `${stack}-${logicalId}-ABCDEFGHIJKL`.slice(0, 80);
  const isQueue = logicalId.includes("Queue");
  return isQueue ? `https://sqs.ap-southeast-1.amazonaws.com/123456789012/${name}` : name.slice(0, 63);
}

test.each(["functions", "test/acceptance/service"])(
  "the variables of each function of %s fit into Lambda's 4 KB, whatever the region",
  async (folder) => {
    const service = await loadServiceFolder(resolve(folder));
    const { workers, api } = createTemplates({ service, stage: "test" });
    const sizes = [workers, api].flatMap((template) =>
      Object.entries(resourcesOf(template, "AWS::Lambda::Function")).map(([id, { Properties }]) => {
        const variables: object = Properties["Environment"].Variables;
        const texts = Object.entries(variables).map(
          ([name, value]) => name + textOf(value, "errand-test-workers"),
        );
        return [id, Buffer.byteLength(texts.join(""))] as const;
      }),
    );
    expect(sizes.length).toBeGreaterThan(4);
    expect(sizes.filter(([, bytes]) => bytes > limitBytes)).toEqual([]);
  },
);
