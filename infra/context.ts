import { parseSender } from "../functions/environment.ts";
import { describe, formatViolation } from "../shared/index.ts";
import type { ServiceOptions, StageName } from "./service.ts";
import { readTarget } from "./targets.ts";

const stages: readonly StageName[] = ["production", "dev", "test"];

/**
 * What `-c name=value` says of a deployment: `mailFrom` (required), `target`, `stage`, `smtpUrl`, `tracing`.
 * @throws Error in one line that says what to type.
 */
export function readContext(
  get: (name: string) => unknown,
): Pick<ServiceOptions, "mail" | "target"> & Required<Pick<ServiceOptions, "stage" | "tracing">> {
  const target = readTarget(get("target"));
  const stage = stages.find((known) => known === (get("stage") ?? "production"));
  if (!stage) refuse("stage", `one of ${stages.join(", ")}`, get("stage"));
  const tracing = readSwitch("tracing", get("tracing"));
  const from = readSender(get("mailFrom"));
  if (target.mail === "ses") return { target, stage, tracing, mail: { from } };
  const smtpUrl = get("smtpUrl");
  if (typeof smtpUrl !== "string" || !/^smtps?:\/\/./.test(smtpUrl)) {
    refuse(
      "smtpUrl",
      `smtp://host:port, since target ${target.name} sends mail by SMTP; add -c smtpUrl=…`,
      smtpUrl,
    );
  }
  return { target, stage, tracing, mail: { from, smtpUrl } };
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
