import { isFlowId, type JobAddress, jobId, parseJobId } from "../flow/ids.ts";
import type { EngineEvent } from "../log/event.ts";
import type { MessageAttributes, QueueName, ReceivedMessage } from "../queue/queue.ts";
import { envelopeVersion, NotAnEnvelopeError, UnknownVersionError } from "./envelope.ts";

/**
 * What a message is for stands in its attributes, so that all messages of a flow can share one offloaded envelope, and
 * a worker knows the job before it fetches anything.
 */
export type Address =
  | StartAddress
  | CheckAddress
  | CloseAddress
  | SendAddress
  | RunAddress
  | NotifyAddress
  | ProbeAddress;

/** On the dispatch queue: fan this flow out. */
export interface StartAddress {
  readonly kind: "start";
  readonly flow: string;
  /** This message's own id: SQS's changes when a message is moved. */
  readonly id: string;
  readonly deadline: number;
  /** Sent a second time: the ledger knows better than the message what has run. */
  readonly again: boolean;
}

/** On the dispatch queue, delayed: see that the flow ends. */
export interface CheckAddress {
  readonly kind: "check";
  readonly flow: string;
  readonly id: string;
  /** The turn that armed it: what became due since then is its to mend. */
  readonly armedAt: number;
}

/** On the dispatch queue: see that a flow ends that has lost its check. Its envelope has no jobs: it closes, it can't rebuild. */
export interface CloseAddress {
  readonly kind: "close";
  readonly flow: string;
  readonly id: string;
}

/** On the dispatch queue: a job whose queue has refused it, to be sent there until it is taken. */
export interface SendAddress {
  readonly kind: "send";
  readonly flow: string;
  readonly key: string;
  readonly run: number;
}

/** On a job's queue: run it. */
export interface RunAddress {
  readonly kind: "run";
  readonly flow: string;
  readonly key: string;
  readonly run: number;
  readonly deadline: number;
  readonly again: boolean;
}

/** On the notify and the webhook queue: tell who asked of this flow. What of it, the body says. */
export interface NotifyAddress {
  readonly kind: "notify";
  readonly flow: string;
}

/** On the webhook queue: see to what is parked behind an endpoint. Behind which, the body says. */
export interface ProbeAddress {
  readonly kind: "probe";
  /** This message's own id. */
  readonly id: string;
}

/**
 * Which version of its kind this code writes and reads. A kind that came later starts with 2: a deploy from before it holds
 * such a message, as any of a newer version, where it would set a kind of version 1 aside.
 */
const versions: Readonly<Record<string, number>> = {
  ...{ start: envelopeVersion, check: envelopeVersion, run: envelopeVersion },
  ...{ close: 2, send: 2 },
  // On queues of their own, which no earlier deploy reads.
  ...{ notify: 1, probe: 1 },
} satisfies Readonly<Record<Address["kind"], number>>;

/** `errand` names the kind and its version, so that a newer one is known before it is loaded. */
export function encodeAddress(address: Address): MessageAttributes {
  const errand = `${address.kind}/${versions[address.kind]}`;
  switch (address.kind) {
    case "start": {
      const { flow, id, deadline, again } = address;
      return { errand, flow, id, deadline, ...(again ? { again: 1 } : {}) };
    }
    case "check":
      return { errand, flow: address.flow, id: address.id, armedAt: address.armedAt };
    case "close":
      return { errand, flow: address.flow, id: address.id };
    case "notify":
      return { errand, flow: address.flow };
    case "probe":
      return { errand, id: address.id };
    case "send":
      return { errand, job: jobId(address), run: address.run };
    case "run": {
      const { run, deadline, again } = address;
      return { errand, job: jobId(address), run, deadline, ...(again ? { again: 1 } : {}) };
    }
  }
}

/**
 * Reads what a message is for.
 * @throws NotAnEnvelopeError, UnknownVersionError
 */
export function parseAddress(attributes: MessageAttributes): Address {
  const [, kind, version] = /^([a-z]+)\/(\d+)$/.exec(String(attributes["errand"])) ?? [];
  if (!kind || !version)
    throw new NotAnEnvelopeError(`errand: <kind>/<version>, got ${attributes["errand"] ?? "nothing"}`);
  const known = Object.hasOwn(versions, kind) ? versions[kind] : envelopeVersion;
  if (Number(version) !== known) throw new UnknownVersionError(Number(version));
  const again = attributes["again"] === 1;
  switch (kind) {
    case "start":
      return {
        kind,
        flow: flowId(attributes),
        id: text(attributes, "id"),
        deadline: time(attributes, "deadline"),
        again,
      };
    case "check":
      return {
        kind,
        flow: flowId(attributes),
        id: text(attributes, "id"),
        armedAt: time(attributes, "armedAt"),
      };
    case "close":
      return { kind, flow: flowId(attributes), id: text(attributes, "id") };
    case "notify":
      return { kind, flow: flowId(attributes) };
    case "probe":
      return { kind, id: text(attributes, "id") };
    case "send":
      return { kind, ...jobAddress(attributes), run: time(attributes, "run") };
    case "run": {
      const run = time(attributes, "run");
      return { kind, ...jobAddress(attributes), run, deadline: time(attributes, "deadline"), again };
    }
    default:
      throw new NotAnEnvelopeError(`errand: ${Object.keys(versions).join(", ")}, got ${kind}`);
  }
}

/** A message's queue, and the job or flow that it names, where it does: for a line of the log about one that may be no envelope. */
export function subjectOf(
  queue: QueueName,
  { attributes: { job, flow } }: ReceivedMessage,
): Pick<EngineEvent, "queue" | "job" | "flow"> {
  if (typeof job === "string" && parseJobId(job)) return { queue, job };
  return typeof flow === "string" && isFlowId(flow) ? { queue, flow } : { queue };
}

function flowId(attributes: MessageAttributes): string {
  const flow = text(attributes, "flow");
  if (!isFlowId(flow)) throw new NotAnEnvelopeError("flow: a flow's id, got something else");
  return flow;
}

function jobAddress(attributes: MessageAttributes): JobAddress {
  const job = parseJobId(text(attributes, "job"));
  if (job) return job;
  throw new NotAnEnvelopeError("job: <flow>.<key>, got something else");
}

function text(attributes: MessageAttributes, name: string): string {
  const value = attributes[name];
  if (typeof value === "string") return value;
  throw new NotAnEnvelopeError(
    `${name}: a String attribute, got ${value === undefined ? "nothing" : "a Number"}`,
  );
}

function time(attributes: MessageAttributes, name: string): number {
  const value = attributes[name];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new NotAnEnvelopeError(`${name}: a whole Number attribute, got ${value ?? "nothing"}`);
}
