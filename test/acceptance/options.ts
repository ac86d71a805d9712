import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parse, record, string } from "valibot";
import { isTargetName, type TargetName, targets } from "./targets.ts";

export const help = `Runs the acceptance suite against a target that serves test/acceptance/service.

  npm run acceptance -- --target embedded            starts the embedded run itself, and ends it
  npm run acceptance -- --target ministack           one of ${Object.keys(targets).join(", ")}
  npm run acceptance -- --target aws --url URL       where the API is; default: the stacks' output Url
  npm run acceptance -- --target aws --outputs FILE  the stacks' outputs, default cdk.out/outputs.json
  npm run acceptance -- --target embedded failing    only the test files with "failing" in their path

The file is what \`cdk deploy --outputs-file FILE\` writes; it has LedgerTable, ProfilesTable, PayloadBucket, FilesBucket
and QueueUrls (JSON: a queue's URL by its name in the catalog, dead-letter queues included). Region, credentials and
endpoints are the AWS SDK's own variables (AWS_REGION, AWS_ENDPOINT_URL and so on).
`;

export interface Options {
  readonly target: TargetName;
  /** Where the target is; undefined where the run is to start it. */
  readonly place: Place | undefined;
  /** For jest: parts of the paths of test files. */
  readonly files: readonly string[];
}

/** Where the API is, and the variables by which the functions, too, find their tables, buckets and queues. */
export interface Place {
  readonly url: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** The suite can't be run as it was asked for. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** @throws UsageError in the form `<path>: <rule>, got <value>`. */
export function readOptions(args: readonly string[]): Options | "help" {
  const { values, positionals } = parseOptions(args);
  if (values.help) return "help";
  const { target = "nothing", url, outputs } = values;
  if (!isTargetName(target)) {
    throw new UsageError(`--target: ${Object.keys(targets).join(", ")}, got ${target}`);
  }
  const startsItself = target === "embedded" && url === undefined && outputs === undefined;
  return { target, place: startsItself ? undefined : readPlace(outputs, url), files: positionals };
}

function parseOptions(args: readonly string[]) {
  const text = { type: "string" } as const;
  const options = { target: text, url: text, outputs: text, help: { type: "boolean", short: "h" } } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

const variablesOf = {
  LedgerTable: "LEDGER_TABLE",
  ProfilesTable: "PROFILES_TABLE",
  PayloadBucket: "PAYLOAD_BUCKET",
  FilesBucket: "FILES_BUCKET",
  QueueUrls: "QUEUE_URLS",
};

function readPlace(file = "cdk.out/outputs.json", url?: string): Place {
  if (!existsSync(file)) throw new UsageError(`--outputs: a file of the stacks' outputs, got ${file}`);
  const stacks = parse(record(string(), record(string(), string())), JSON.parse(readFileSync(file, "utf8")));
  const outputs: Record<string, string> = Object.assign({}, ...Object.values(stacks));
  const output = (name: string) => {
    const value = outputs[name];
    if (value === undefined) throw new UsageError(`${file}: an output ${name}, got ${Object.keys(outputs)}`);
    return value;
  };
  const variables = Object.entries(variablesOf).map(([name, variable]) => [variable, output(name)]);
  return { url: url ?? output("Url"), variables: Object.fromEntries(variables) };
}
