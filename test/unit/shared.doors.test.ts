import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The packages that a fresh process has loaded after importing the module. */
async function packagesOf(module: string): Promise<readonly string[]> {
  const script = `
    import { createRequire } from "node:module";
    await import("./${module}");
    const files = Object.keys(createRequire(import.meta.url).cache);
    console.log(JSON.stringify(files.map((file) => file.split("node_modules/").at(-1))));`;
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  const files = JSON.parse(stdout) as string[];
  return [...new Set(files.map((file) => file.split("/").slice(0, 2).join("/")))];
}

test("definitions load no AWS SDK, no mail and no PDF code: `cdk synth` and the API read them", async () => {
  const packages = await packagesOf("functions/catalog.ts");
  expect(packages.filter((name) => /aws|smithy|nodemailer|pdfkit|fontkit/.test(name))).toEqual([]);
});

test("the other door loads SQS and DynamoDB, but S3 only when it is used", async () => {
  const packages = await packagesOf("shared/aws/index.ts");
  expect(packages).toEqual(expect.arrayContaining(["@aws-sdk/client-sqs", "@aws-sdk/client-dynamodb"]));
  expect(packages).not.toContain("@aws-sdk/client-s3");
});
