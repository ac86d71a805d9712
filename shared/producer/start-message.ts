import type { ClaimCheck } from "../claim-check/claim-check.ts";
import type { Entropy } from "../clock/entropy.ts";
import { encodeAddress } from "../envelope/address.ts";
import { encodeEnvelope, envelopeVersion } from "../envelope/envelope.ts";
import { definitionName, type FlowRecord } from "../flow/flow-record.ts";
import { randomId } from "../flow/ids.ts";
import type { Log } from "../log/event.ts";
import type { WireJob } from "./plan-jobs.ts";

export interface StartMessagePorts {
  readonly claimCheck: ClaimCheck;
  readonly entropy: Entropy;
  readonly log: Log;
}

/** The one message of a flow. It carries what the ledger has, so that a replay after a deploy adds no job. */
export async function startMessage(
  { claimCheck, entropy, log }: StartMessagePorts,
  flow: FlowRecord,
  jobs: ReadonlyMap<string, WireJob>,
  again: boolean,
) {
  const recorded = Object.entries(flow.jobs).flatMap(([key, record]) => {
    const planned = jobs.get(key);
    return planned ? [[key, { job: definitionName(key, record), input: planned.input }] as const] : [];
  });
  const body = encodeEnvelope({
    version: envelopeVersion,
    flow: { id: flow.id, name: flow.name, createdAt: flow.createdAt },
    jobs: Object.fromEntries(recorded),
  });
  const attributes = encodeAddress({
    kind: "start",
    flow: flow.id,
    id: randomId(entropy),
    deadline: flow.deadline,
    again,
  });
  const wire = await claimCheck.offload(flow.id, body, attributes);
  if (wire.body !== body) {
    log({ level: "info", event: "payload.offloaded", flow: flow.id, bytes: Buffer.byteLength(body) });
  }
  return { body: wire.body, attributes: { ...attributes, ...wire.attributes } };
}
