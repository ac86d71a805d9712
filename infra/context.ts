import { fileURLToPath } from "node:url";
import { parseSender } from "../functions/environment.ts";
import { describe, formatViolation } from "../shared/index.ts";
import type { ServiceOptions, StageName } from "./service.ts";
import type { AlarmOptions } from "./stacks/monitoring-stack.ts";
import { readTarget } from "./targets.ts";

/** The folder of the service that a stage deploys. `test`: what fails, dies and crowds on demand, for the acceptance suite. */
const folders: Readonly<Record<StageName, string>> = {
  production: "../functions",
  dev: "../functions",
  test: "../test/acceptance/service",
};

export interface Deployment extends Pick<ServiceOptions, "mail" | "target" | "alarms"> {
  readonly stage: StageName;
  readonly tracing: boolean;
  /** Where the service is. Absolute. */
  readonly folder: string;
}

/**
 * What `-c name=value` says of a deployment: `mailFrom` (required), `target`, `stage`, `smtpUrl`, `tracing`,
 * `alarmEmail`, `runbookUrl`.
 * @throws Error in one line that says what to type.
 */
export function readContext(get: (name: string) => unknown): Deployment {
  const target = readTarget(get("target"));
  const stage = readStage(get("stage") ?? "production");
  const folder = fileURLToPath(new URL(folders[stage], import.meta.url));
  const from = readSender(get("mailFrom"));
  const tracing = readSwitch("tracing", get("tracing"));
  const alarms = readAlarms(get);
  if (target.mail === "ses") return { target, stage, folder, tracing, mail: { from }, alarms };
  const smtpUrl = get("smtpUrl");
  if (typeof smtpUrl !== "string" || !/^smtps?:\/\/./.test(smtpUrl)) {
    refuse(
      "smtpUrl",
      `smtp://host:port, since target ${target.name} sends mail by SMTP; add -c smtpUrl=…`,
      smtpUrl,
    );
  }
  return { target, stage, folder, tracing, mail: { from, smtpUrl }, alarms };
}

function readStage(name: unknown): StageName {
  if (typeof name === "string" && Object.hasOwn(folders, name)) return name as StageName;
  refuse("stage", `one of ${Object.keys(folders).join(", ")}`, name);
}

function readAlarms(get: (name: string) => unknown): AlarmOptions {
  const email = get("alarmEmail");
  const runbookUrl = get("runbookUrl");
  if (email !== undefined && !isAddress(email))
    refuse("alarmEmail", "an address such as ops@example.com", email);
  if (runbookUrl !== undefined && (typeof runbookUrl !== "string" || runbookUrl === "")) {
    refuse("runbookUrl", "where the pages of docs/runbook are", runbookUrl);
  }
  return { ...(email === undefined ? {} : { email }), ...(runbookUrl === undefined ? {} : { runbookUrl }) };
}

function isAddress(value: unknown): value is string {
  try {
    return typeof value === "string" && parseSender(value).address === value;
  } catch {
    return false;
  }
}

/** A text on the command line, a boolean in cdk.json. */
function readSwitch(path: string, value: unknown = false): boolean {
  const text = String(value);
  if (text === "true" || text === "false") return text === "true";
  refuse(path, "true or false", value);
}

function readSender(mailFrom: unknown): string {
  try {
    if (typeof mailFrom === "string" && mailFrom !== "") return parseSender(mailFrom) && mailFrom;
  } catch {
    // Refused below, in words that say what to type.
  }
  refuse("mailFrom", "the sender of emails; add -c mailFrom=hello@example.com", mailFrom);
}

function refuse(path: string, rule: string, value: unknown): never {
  throw new Error(formatViolation({ path, rule, got: describe(value) }));
}
