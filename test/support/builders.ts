import type { Address } from "../../shared/envelope/address.ts";
import { encodeAddress } from "../../shared/envelope/address.ts";
import { type Envelope, encodeEnvelope, envelopeVersion } from "../../shared/envelope/envelope.ts";
import type { FlowRecord, JobRecord } from "../../shared/flow/flow-record.ts";
import { isFinal } from "../../shared/flow/state-machine.ts";
import type { MessageAttributes, ReceivedMessage } from "../../shared/queue/queue.ts";

/** The time at which tests begin: a whole second, in ms since 1970. */
export const start = Date.UTC(2026, 0, 1);
export const day = 24 * 3600 * 1000;
/** A flow's id, and the id that the same name and key always give. */
export const flowId = "0123456789abcdefghjkmnpqrs";
export const otherFlowId = "z123456789abcdefghjkmnpqrs";

/** Fields to change; undefined leaves one out. */
export type Changes<Fields> = { readonly [Name in keyof Fields]?: Fields[Name] | undefined };

/** A job that was just recorded, with changes. */
export function jobRecord(changes: Changes<JobRecord> = {}): JobRecord {
  return changed<JobRecord>({ status: "queued", run: 0, attempts: 0 }, changes);
}

/** A flow of the given jobs that was just recorded, with changes; `open` is counted. */
export function flowRecord(
  jobs: Readonly<Record<string, Changes<JobRecord>>> = { mail: {}, pdf: {} },
  changes: Changes<FlowRecord> = {},
): FlowRecord {
  const records = Object.fromEntries(Object.entries(jobs).map(([key, job]) => [key, jobRecord(job)]));
  const flow: FlowRecord = {
    id: flowId,
    name: "sign-up",
    bodyHash: "hash-of-the-body",
    recordedBy: "nonce-of-the-put",
    createdAt: start,
    deadline: start + 11 * day,
    expires: (start + 40 * day) / 1000,
    epoch: 0,
    open: Object.values(records).filter(({ status }) => !isFinal(status)).length,
    tokens: ["hash-of-token-1"],
    tokenCount: 1,
    jobs: records,
  };
  return changed(flow, changes);
}

/** The envelope of `flowRecord`'s flow, each job with the input given. */
export function envelopeWith(inputs: Readonly<Record<string, unknown>> = { mail: {}, pdf: {} }): Envelope {
  return {
    version: envelopeVersion,
    flow: { id: flowId, name: "sign-up", createdAt: start },
    jobs: Object.fromEntries(Object.entries(inputs).map(([key, input]) => [key, { job: key, input }])),
  };
}

export const startAddress = {
  kind: "start",
  flow: flowId,
  id: "start-message",
  deadline: start + 11 * day,
  again: false,
} as const;

export const checkAddress = { kind: "check", flow: flowId, id: "check-message", armedAt: start } as const;

export const closeAddress = { kind: "close", flow: flowId, id: "close-message" } as const;

export const sendAddress = { kind: "send", flow: flowId, key: "mail", run: 0 } as const;

export const notifyAddress = { kind: "notify", flow: flowId } as const;

export const runAddress = {
  kind: "run",
  flow: flowId,
  key: "mail",
  run: 0,
  deadline: start + 11 * day,
  again: false,
} as const;

let messages = 0;

/** A message as it is received, each with an id of its own. */
export function received(
  address: Address,
  envelope: Envelope | string = envelopeWith(),
  changes: Partial<Pick<ReceivedMessage, "receiveCount" | "sentAt" | "trace">> & {
    attributes?: MessageAttributes;
  } = {},
): ReceivedMessage {
  messages++;
  const { attributes = {}, ...rest } = changes;
  return {
    id: `message-${messages}`,
    receipt: `receipt-${messages}`,
    body: typeof envelope === "string" ? envelope : encodeEnvelope(envelope),
    attributes: { ...encodeAddress(address), ...attributes },
    receiveCount: 1,
    sentAt: start,
    ...rest,
  };
}

function changed<Fields extends object>(fields: Fields, changes: Changes<Fields>): Fields {
  const entries = Object.entries({ ...fields, ...changes }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as Fields;
}
