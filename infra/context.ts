import { parseSender } from "../functions/environment.ts";
import { describe, formatViolation } from "../shared/index.ts";
import type { ServiceOptions, StageName } from "./service.ts";
import { mailIdentities } from "./stacks/mail-sender.ts";
import { readTarget } from "./targets.ts";

const stages: readonly StageName[] = ["production", "dev", "test"];

/**
 * What `-c name=value` says of a deployment: `mailFrom` (required), `mailIdentity`, `target`, `stage`.
 * @throws Error in one line that says what to type.
 */
export function readContext(
  get: (name: string) => unknown,
): Pick<ServiceOptions, "mail" | "target"> & { readonly stage: StageName } {
  const target = readTarget(get("target"));
  const stage = stages.find((known) => known === (get("stage") ?? "production"));
  if (!stage) refuse("stage", `one of ${stages.join(", ")}`, get("stage"));
  const from = readSender(get("mailFrom"));
  const identity = mailIdentities.find((known) => known === (get("mailIdentity") ?? "domain"));
  if (!identity) refuse("mailIdentity", `one of ${mailIdentities.join(", ")}`, get("mailIdentity"));
  return { target, stage, mail: { from, identity } };
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
