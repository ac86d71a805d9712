import { parseArgs } from "node:util";
import { isTargetName, type TargetName, targets } from "./targets.ts";

export const help = `Runs the acceptance suite against a target that serves test/acceptance/service.

  npm run acceptance -- --target embedded              starts the embedded run itself, and ends it
  npm run acceptance -- --target ministack             likewise MiniStack, with a whole deploy to it
  npm run acceptance -- --target ministack --enforce-iam   refuses there what no policy allows, over TLS
  npm run acceptance -- --target localstack            after \`npm run deploy:localstack -- -c stage=test\`
  npm run acceptance -- --target aws                   after \`npm run deploy -- -c stage=test -c mailFrom=…\`
  npm run acceptance -- --target aws --url URL         where the API is; default: the stacks' output ApiUrl
  npm run acceptance -- --target aws --outputs FILE    the stacks' outputs, as \`cdk deploy --outputs-file\` writes them
  npm run acceptance -- --target embedded failing      only the test files with "failing" in their path
  npm run acceptance -- --target embedded --except many   all but those with "many" in it; may be given more than once

Region, credentials and endpoints are the AWS SDK's own variables (AWS_REGION, AWS_ENDPOINT_URL and so on).
`;

export interface Options {
  readonly target: TargetName;
  /** The file of the stacks' outputs, where the target is there already; undefined where the run is to start it. */
  readonly outputs: string | undefined;
  /** Where the API is, if not where the outputs say. */
  readonly url: string | undefined;
  readonly enforceIam: boolean;
  /** Parts of the paths of the test files to run; all where there are none. */
  readonly files: readonly string[];
  /** Parts of the paths of those to leave out. */
  readonly except: readonly string[];
}

/** The suite can't be run as it was asked for. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** @throws UsageError in the form `<path>: <rule>, got <value>`. */
export function readOptions(args: readonly string[]): Options | "help" {
  const { values, positionals } = parseOptions(args);
  if (values.help) return "help";
  const { target = "nothing", url, outputs, "enforce-iam": enforceIam, except = [] } = values;
  if (!isTargetName(target)) {
    throw new UsageError(`--target: ${Object.keys(targets).join(", ")}, got ${target}`);
  }
  const file = outputs ?? targets[target].outputs;
  if (url !== undefined && file === undefined) {
    throw new UsageError(`--url: with --outputs, since a run starts ${target} itself, got no outputs`);
  }
  if (enforceIam && (file !== undefined || target !== "ministack")) {
    throw new UsageError("--enforce-iam: with a MiniStack that this run starts, got another target");
  }
  return { target, outputs: file, url, enforceIam, files: positionals, except };
}

function parseOptions(args: readonly string[]) {
  const text = { type: "string" } as const;
  const options = {
    ...{ target: text, url: text, outputs: text },
    "enforce-iam": { type: "boolean", default: false },
    except: { type: "string", multiple: true },
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
