import { type ParseArgsConfig, parseArgs } from "node:util";
import { DeployError } from "./deploy-error.ts";

export const ministackHelp = `Deploys Errand to MiniStack, an emulator of AWS without Docker, which it installs and starts.

  npm run deploy:ministack                      listens on port 4566, deploys, and runs until Ctrl-C
  npm run deploy:ministack -- --port 8080       another port; 0 takes any free one
  npm run deploy:ministack -- --enforce-iam     refuses what no policy allows, over TLS
  npm run deploy:ministack -- -c stage=test     what the acceptance suite runs against; -c takes any of the app's options

It needs python3 (3.10 or newer, with venv). What is deployed is gone when it ends.
`;

export const localstackHelp = `Deploys Errand to LocalStack, which \`docker compose up --detach --wait\` starts.

  npm run deploy:localstack                     deploys to http://127.0.0.1:4566, or to AWS_ENDPOINT_URL
  npm run deploy:localstack -- -c stage=test    what the acceptance suite runs against; -c takes any of the app's options
`;

/** What `-c name=value` says. */
export type Context = Readonly<Record<string, string>>;

export interface MinistackOptions {
  readonly port: number;
  readonly enforceIam: boolean;
  readonly context: Context;
}

/** @throws DeployError where an option is unknown or can't be used. */
export function readMinistackOptions(args: readonly string[]): MinistackOptions | "help" {
  const {
    port,
    help,
    context,
    "enforce-iam": enforceIam,
  } = parse(args, {
    ...common,
    port: { type: "string", default: "4566" },
    "enforce-iam": { type: "boolean", default: false },
  });
  return help ? "help" : { port: readPort(port), enforceIam, context: readContext(context) };
}

/** @throws DeployError where an option is unknown or can't be used. */
export function readLocalstackOptions(args: readonly string[]): { readonly context: Context } | "help" {
  const { help, context } = parse(args, common);
  return help ? "help" : { context: readContext(context) };
}

const common = {
  context: { type: "string", short: "c", multiple: true, default: [] as string[] },
  help: { type: "boolean", short: "h", default: false },
} as const;

function parse<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new DeployError(error instanceof Error ? error.message : String(error));
  }
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new DeployError(`--port: a whole number from 0 to 65535, got ${text}`);
}

function readContext(pairs: readonly string[]): Context {
  return Object.fromEntries(pairs.map(readPair));
}

function readPair(pair: string): readonly [string, string] {
  const at = pair.indexOf("=");
  if (at < 1) throw new DeployError(`-c: name=value, got ${pair}`);
  return [pair.slice(0, at), pair.slice(at + 1)];
}
