import { fileURLToPath } from "node:url";
import { isRate, originsRule, parseOrigins, parseSender, rateRule } from "../functions/environment.ts";
import { describe, formatViolation, parseDefaultWebhooks } from "../shared/index.ts";
import type { ServiceOptions, StageName } from "./service.ts";
import { type MailIdentity, mailIdentities } from "./stacks/mail-sender.ts";
import type { AlarmOptions } from "./stacks/monitoring-stack.ts";
import { readTarget } from "./targets.ts";

/** The folder of the service that a stage deploys. `test`: what fails, dies and crowds on demand, for the acceptance suite. */
const folders: Readonly<Record<StageName, string>> = {
  production: "../functions",
  dev: "../functions",
  test: "../test/acceptance/service",
};

/** Requests a second of one client, unless `-c clientRatePerSecond` says otherwise. `test`: the acceptance suite is one client. */
const clientRates: Readonly<Record<StageName, number>> = { production: 10, dev: 10, test: 1000 };

/** Whose pages may call the API, unless `-c corsOrigins` says otherwise. `test`: nobody's, by which the acceptance suite asks. */
const origins: Readonly<Record<StageName, string>> = {
  production: "",
  dev: "",
  test: "https://app.example.com",
};

export interface Deployment
  extends Pick<ServiceOptions, "mail" | "target" | "alarms" | "api" | "pageOrigin" | "webhooks"> {
  readonly stage: StageName;
  readonly tracing: boolean;
  /** Where the service is. Absolute. */
  readonly folder: string;
}

/**
 * What `-c name=value` says of a deployment: `mailFrom` (required), `mailIdentity`, `mailRatePerSecond`, `target`, `stage`, `tracing`,
 * `alarmEmail`, `runbookUrl`, `corsOrigins`, `clientRatePerSecond`, `pageOrigin`, `webhook`.
 * @throws Error in one line that says what to type.
 */
export function readContext(get: (name: string) => unknown): Deployment {
  const stage = readStage(get("stage") ?? "production");
  const mailRate = get("mailRatePerSecond");
  const pageOrigin = get("pageOrigin");
  return {
    target: readTarget(get("target")),
    stage,
    folder: fileURLToPath(new URL(folders[stage], import.meta.url)),
    tracing: readSwitch("tracing", get("tracing")),
    mail: {
      from: readSender(get("mailFrom")),
      identity: readIdentity(get("mailIdentity") ?? "domain"),
      ...(mailRate === undefined ? {} : { ratePerSecond: readRate("mailRatePerSecond", mailRate) }),
    },
    alarms: readAlarms(get),
    webhooks: readWebhooks(get("webhook") ?? ""),
    ...(pageOrigin === undefined ? {} : { pageOrigin: readPageOrigin(pageOrigin) }),
    api: {
      corsOrigins: readOrigins(get("corsOrigins") ?? origins[stage]),
      clientRatePerSecond: readRate("clientRatePerSecond", get("clientRatePerSecond") ?? clientRates[stage]),
    },
  };
}

function readStage(name: unknown): StageName {
  if (typeof name === "string" && Object.hasOwn(folders, name)) return name as StageName;
  refuse("stage", `one of ${Object.keys(folders).join(", ")}`, name);
}

function readIdentity(name: unknown): MailIdentity {
  const identity = mailIdentities.find((known) => known === name);
  if (!identity) refuse("mailIdentity", `one of ${mailIdentities.join(", ")}`, name);
  return identity;
}

/** A text on the command line, a number in cdk.json. */
function readRate(path: string, value: unknown): number {
  return isRate(String(value)) ? Number(value) : refuse(path, rateRule, value);
}

function readOrigins(value: unknown): readonly string[] {
  return parseOrigins(String(value)) ?? refuse("corsOrigins", originsRule, value);
}

/** Separated by spaces, which no URL has; in cdk.json also a list. */
function readWebhooks(value: unknown): readonly string[] {
  const texts = Array.isArray(value) ? value.map(String) : String(value).split(" ");
  return parseDefaultWebhooks(
    "webhook",
    texts.filter((text) => text !== ""),
  );
}

function readPageOrigin(value: unknown): string {
  const [origin, ...more] = parseOrigins(String(value)) ?? [];
  if (origin !== undefined && more.length === 0) return origin;
  refuse("pageOrigin", "one origin without a path: https://sign-up.example.com", value);
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
