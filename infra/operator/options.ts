import { parseArgs } from "node:util";
import { describe, formatViolation, parseJobId, parseWebhookUrl } from "../../shared/index.ts";
import { UsageError } from "./operator-error.ts";

export const help = `Looks after a running service: jobs that failed for good, what its queues hold, and its webhooks.

  npm run errand -- failed                     the dead letters, by job and reason
  npm run errand -- failed --job NAME          of one queue; --error TEXT: those whose reason has TEXT in it
  npm run errand -- show JOB                   what the ledger knows of a job, and its letter; JOB is <flow>.<key>
  npm run errand -- show JOB --input           with the job's input and result, which are personal data
  npm run errand -- redrive JOB…               runs failed jobs again: only what failed, and their flow is open again
  npm run errand -- redrive --job NAME         all of one queue's; --error TEXT: with that reason; --all: every letter
      --rate N                                 letters a second, 0.1 to 500; default 10
      --dry-run                                says what would become of each, and does nothing
  npm run errand -- holds                      what is down or paused, since when and why; how much waits
  npm run errand -- pause JOB                  nothing of the job JOB runs, also after a deploy, until
  npm run errand -- resume JOB
  npm run errand -- webhook-secret URL         what the receiver of webhooks at that URL verifies with
  npm run errand -- rotate-webhook-secrets     gives every receiver a new one; those before sign too for a day
      --force                                  also within a day of the last: what signed before that ends at once
  npm run errand -- enable-webhook URL         tells a receiver again that has answered 410

Which service:

  --state DIR                                  the embedded run that keeps its state in DIR; default .errand
  --service NAME                               a deployed one, by the name in front of its stacks: errand, errand-dev
  --profile NAME, --region NAME                of the AWS account; with either, --service is errand unless given

  --json                                       one JSON document instead of tables
  --help                                       prints this

A letter that is looked at is hidden from others until this has ended; of one that was killed, for five minutes.
Exit codes: 0 done; 1 something failed, was left or not found; 2 the command line can't be understood.
`;

/** Which letters. All that is given must hold. */
export interface Selection {
  /** Ids, `<flow>.<key>`. */
  readonly jobs: readonly string[];
  /** The name of a queue: a job's, `dispatch` or `notify`. */
  readonly queue: string | undefined;
  /** Part of the reason. */
  readonly error: string | undefined;
}

export type Command =
  | { readonly name: "failed"; readonly selection: Selection }
  | { readonly name: "show"; readonly job: string; readonly input: boolean }
  | {
      readonly name: "redrive";
      readonly selection: Selection;
      readonly perSecond: number;
      readonly dryRun: boolean;
    }
  | { readonly name: "holds" }
  | { readonly name: "pause" | "resume"; readonly job: string }
  | { readonly name: "webhook-secret" | "enable-webhook"; readonly url: URL }
  | { readonly name: "rotate-webhook-secrets"; readonly force: boolean };

/** Where the service is. */
export type Place =
  | { readonly kind: "embedded"; readonly stateDirectory: string }
  | {
      readonly kind: "deployed";
      readonly service: string;
      readonly profile: string | undefined;
      readonly region: string | undefined;
    };

export interface Options {
  readonly command: Command;
  readonly place: Place;
  readonly json: boolean;
}

/** @throws UsageError, or InvalidInputError of a URL, in the form `<path>: <rule>, got <value>`. */
export function readOptions(args: readonly string[]): Options | "help" {
  const { values, positionals } = parse(args);
  if (values.help) return "help";
  return { command: readCommand(positionals, values), place: readPlace(values), json: values.json };
}

type Values = ReturnType<typeof parse>["values"];

function readCommand([name, ...ids]: readonly string[], values: Values): Command {
  const selection = { jobs: ids, queue: values.job, error: values.error };
  switch (name) {
    case "failed":
      allow(values, ["job", "error"]);
      if (ids.length > 0) refuse("failed", "--job and --error, no job's id", ids[0]);
      return { name, selection };
    case "show":
      allow(values, ["input"]);
      return { name, job: only(name, "the id of one job", ids.map(checkedId)), input: values.input };
    case "redrive":
      allow(values, ["job", "error", "all", "rate", "dry-run"]);
      checkSelection(selection, values.all);
      return { name, selection, perSecond: readRate(values.rate), dryRun: values["dry-run"] };
    case "holds":
      allow(values, []);
      if (ids.length > 0) refuse(name, "nothing more", ids[0]);
      return { name };
    case "rotate-webhook-secrets":
      allow(values, ["force"]);
      if (ids.length > 0) refuse(name, "nothing more", ids[0]);
      return { name, force: values.force };
    case "webhook-secret":
    case "enable-webhook":
      allow(values, []);
      return { name, url: readUrl(only(name, "the URL of one webhook", ids)) };
    case "pause":
    case "resume":
      allow(values, []);
      return { name, job: only(name, "the name of one job", ids) };
    default:
      return refuse("command", commands, name);
  }
}

function only(command: string, rule: string, [one, ...others]: readonly string[]): string {
  return one === undefined || others.length > 0 ? refuse(command, rule, others[0]) : one;
}

const commands =
  "failed, show, redrive, holds, pause, resume, webhook-secret, rotate-webhook-secrets or enable-webhook";

/** As a request may name it. One on this machine is the embedded run's own affair. */
function readUrl(text: string): URL {
  return parseWebhookUrl(text, "url", { loopback: true });
}

/** Every letter only where that is said, and no words that would be ignored. */
function checkSelection({ jobs, queue, error }: Selection, all: boolean): void {
  for (const id of jobs) checkedId(id);
  // It is a part of every reason: a script whose variable is empty would mean all letters.
  if (error === "") refuse("--error", "a part of the reason", error);
  const given = [
    ...(jobs.length > 0 ? ["jobs"] : []),
    ...((queue ?? error) === undefined ? [] : ["--job or --error"]),
    ...(all ? ["--all"] : []),
  ];
  if (given.length === 1) return;
  refuse("redrive", "ids of jobs, --job and --error, or --all", given.join(" and ") || undefined);
}

function checkedId(id: string): string {
  return parseJobId(id) ? id : refuse("job", "an id, <flow>.<key>", id);
}

function readRate(text: string): number {
  const rate = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  return rate >= 0.1 && rate <= 500 ? rate : refuse("--rate", "letters a second, 0.1 to 500", text);
}

function readPlace({ state, service, profile, region }: Values): Place {
  if (service === undefined && profile === undefined && region === undefined) {
    return { kind: "embedded", stateDirectory: state ?? ".errand" };
  }
  if (state !== undefined)
    refuse("--state", "an embedded run's, without --service, --profile and --region", state);
  return { kind: "deployed", service: service ?? "errand", profile, region };
}

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;
const common = {
  state: text,
  service: text,
  profile: text,
  region: text,
  json: flag,
  help: { ...flag, short: "h" },
} as const;
const ofCommands = {
  job: text,
  error: text,
  input: flag,
  all: flag,
  rate: { ...text, default: "10" },
  "dry-run": flag,
  force: flag,
} as const;

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: { ...common, ...ofCommands }, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** An option of another command is a mistake, never ignored: `redrive` without its `--dry-run` is another command. */
function allow(values: Values, names: readonly (keyof typeof ofCommands)[]): void {
  const defaults: Readonly<Record<string, unknown>> = { rate: "10" };
  for (const name of Object.keys(ofCommands) as (keyof typeof ofCommands)[]) {
    const given = values[name] !== undefined && values[name] !== false && values[name] !== defaults[name];
    if (given && !names.includes(name)) refuse(`--${name}`, "an option of this command", values[name]);
  }
}

function refuse(path: string, rule: string, value: unknown): never {
  throw new UsageError(formatViolation({ path, rule, got: describe(value) }));
}
