import { createHash } from "node:crypto";
import type { FlowDefinition } from "../catalog/flow.ts";
import { flowDeadlineSeconds } from "../catalog/queue-settings.ts";
import type { Clock } from "../clock/clock.ts";
import type { Entropy } from "../clock/entropy.ts";
import type { FlowRecord, JobRecord } from "../flow/flow-record.ts";
import { flowIdOfKey, randomId } from "../flow/ids.ts";
import { hashToken } from "../flow/token.ts";
import { expiryFrom } from "../ledger/presence.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { WireJob } from "./plan-jobs.ts";

/** A request that was found good. */
export interface StartRequest {
  readonly definition: FlowDefinition;
  readonly key: string;
  readonly input: unknown;
  /** The webhook's URL. */
  readonly notify: string | undefined;
  readonly jobs: ReadonlyMap<string, WireJob>;
  readonly token: string;
  readonly trace: string | undefined;
}

export interface NewFlowPorts {
  readonly clock: Clock;
  readonly entropy: Entropy;
  /** Whether the operator has endpoints that are told of every flow's end. Default false. */
  readonly tellsDefaults?: boolean;
}

/** The flow as its request has it recorded. */
export function newFlow(
  { clock, entropy, tellsDefaults = false }: NewFlowPorts,
  { definition, key, input, notify, jobs, token }: StartRequest,
): FlowRecord {
  const now = clock.now();
  return {
    id: flowIdOfKey(definition.name, key),
    name: definition.name,
    bodyHash: hashOf(input, notify),
    recordedBy: randomId(entropy),
    createdAt: now,
    deadline: now + flowDeadlineSeconds * 1000,
    expires: expiryFrom(now),
    epoch: 0,
    open: jobs.size,
    tokens: [hashToken(token)],
    tokenCount: 1,
    ...(notify === undefined ? {} : { notify }),
    ...(tellsDefaults ? { notifyDefaults: true as const } : {}),
    jobs: Object.fromEntries([...jobs].map(([jobKey, { job }]) => [jobKey, newJob(jobKey, job)])),
  };
}

/** No JSON has a raw line break. Without `notify` the hash is the input's alone, as it was before there was that option. */
function hashOf(input: unknown, notify: string | undefined): string {
  const text = notify === undefined ? canonicalJson(input) : `${canonicalJson(input)}\n${notify}`;
  return createHash("sha256").update(text).digest().subarray(0, 16).toString("base64url");
}

function newJob(key: string, name: string): JobRecord {
  return { ...(name === key ? {} : { job: name }), status: "queued", run: 0, attempts: 0 };
}
