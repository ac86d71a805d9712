import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Catalog } from "../catalog/catalog.ts";
import { type FlowDefinition, flowOf } from "../catalog/flow.ts";
import type { JobDefinition } from "../catalog/job.ts";
import { type DurationProfile, standardProfile } from "../catalog/queue-settings.ts";
import { InvalidInputError, parseInput } from "../catalog/violation.ts";
import type { FlowRecord } from "../flow/flow-record.ts";
import { type FlowView, flowView } from "../flow/flow-view.ts";
import { randomId } from "../flow/ids.ts";
import { hasLostItsCheck } from "../flow/lost-check.ts";
import { hashToken, randomToken } from "../flow/token.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { NotifyOption } from "../notification/notify-option.ts";
import { dispatchQueue, type OutgoingMessage, type Queue } from "../queue/queue.ts";
import { parseTrace } from "../queue/trace.ts";
import { checkedKey, checkedNotify, checkJson } from "./check-request.ts";
import { type NewFlowPorts, newFlow, type StartRequest } from "./new-flow.ts";
import { planJobs } from "./plan-jobs.ts";
import { IdempotencyConflictError, UnavailableError } from "./start-errors.ts";
import { type StartMessagePorts, startMessage } from "./start-message.ts";

/** Starts flows: records each and sends one message. Usable from any Node program. */
export interface Producer {
  /**
   * Starts a flow and answers once it is safe: recorded, and its message sent.
   * @throws InvalidInputError before anything is sent; IdempotencyConflictError where the key was used for another
   * input or with another `notify`; UnavailableError where the ledger, the queue or the payload store failed: repeat with the key that it carries.
   */
  start<Schema extends StandardSchemaV1>(
    flow: FlowDefinition<Schema>,
    input: StandardSchemaV1.InferInput<Schema>,
    options?: StartOptions,
  ): Promise<StartedFlow>;
  /** Starts a flow of one job. Throws as `start` does. */
  push<Schema extends StandardSchemaV1>(
    job: JobDefinition<Schema>,
    input: StandardSchemaV1.InferInput<Schema>,
    options?: StartOptions,
  ): Promise<StartedFlow>;
}

export interface StartOptions {
  /** 16 to 255 characters: the same key and input give the same flow. Default a random one. */
  readonly idempotencyKey?: string | undefined;
  /**
   * The X-Ray trace of the request, which its jobs then belong to: its header `X-Amzn-Trace-Id`. What isn't one is left
   * out without an error. Default none; a job's handler gives none, since in Lambda the SDK sends the invocation's own,
   * with what Lambda finds loops by.
   */
  readonly trace?: string | undefined;
  /** Whom to tell when the flow has ended. With another, the same key is used for another request. Default nobody. */
  readonly notify?: NotifyOption | undefined;
  /**
   * What must be done before the flow is recorded: called with the flow's id once the request was found good, and no more
   * once the flow is there. It costs a read of the ledger. May be called again, also at the same time, by a repeated request. Throws
   * InvalidInputError to refuse it; any other error makes `start` throw UnavailableError. Default nothing.
   */
  readonly prepare?: ((flow: string) => Promise<void>) | undefined;
}

export interface StartedFlow {
  readonly flow: FlowView;
  /** Opens the flow's status. It can't be had again, but a replay of the request gets one of its own. */
  readonly token: string;
  /** Whether the flow had been recorded before, by the same key. */
  readonly replayed: boolean;
}

export interface ProducerPorts extends NewFlowPorts, StartMessagePorts {
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly queue: Queue;
  /** Default the durations that are deployed. */
  readonly profile?: DurationProfile;
  /** Whether a webhook may be on this machine, also by http. Default false. */
  readonly localWebhooks?: boolean;
}

/** A producer over its ports. */
export function createProducer(ports: ProducerPorts): Producer {
  async function start(definition: FlowDefinition, input: unknown, options: StartOptions = {}) {
    checkJson(input);
    const key = checkedKey(options.idempotencyKey) ?? randomId(ports.entropy);
    const notify = checkedNotify(options.notify, ports);
    const jobs = await planJobs(definition, await parseInput(definition.input, input), ports.catalog);
    const token = randomToken(ports.entropy);
    const request = { definition, key, input, notify, jobs, token, trace: parseTrace(options.trace) };
    const flow = newFlow(ports, request);
    try {
      if (options.prepare) await prepareOnce(ports, flow, options.prepare);
      return await accept(ports, flow, request);
    } catch (error) {
      if (error instanceof IdempotencyConflictError || error instanceof InvalidInputError) throw error;
      throw new UnavailableError(flow.id, key, error);
    }
  }
  return { start, push: (job, input, options) => start(flowOf(job), input, options) };
}

/** Refused requests prepare nothing, and of a flow that is recorded all was prepared. */
async function prepareOnce(
  { ledger }: ProducerPorts,
  flow: FlowRecord,
  prepare: (flow: string) => Promise<void>,
): Promise<void> {
  const recorded = await ledger.read(flow.id);
  if (!recorded) return prepare(flow.id);
  checkSameRequest(recorded, flow);
}

function checkSameRequest(recorded: FlowRecord, flow: FlowRecord): void {
  if (recorded.bodyHash === flow.bodyHash) return;
  throw new IdempotencyConflictError("idempotencyKey: one key for one input, got another input");
}

/** A2 to A5 of the protocol: offload, record, send, answer. */
async function accept(
  ports: ProducerPorts,
  flow: FlowRecord,
  { jobs, token, trace }: StartRequest,
): Promise<StartedFlow> {
  const { ledger, catalog, log } = ports;
  const about = { flow: flow.id, ...(trace === undefined ? {} : { trace }) };
  const message = await startMessage(ports, flow, jobs, false);
  const answer = await ledger.record(flow);
  if (answer.recorded) {
    await send(ports, { ...message, trace });
    log({ level: "info", event: "flow.accepted", ...about, jobs: jobs.size });
    return { flow: flowView(flow, catalog), token, replayed: false };
  }
  checkSameRequest(answer.flow, flow);
  if (!(await ledger.addToken(answer.flow, hashToken(token))))
    throw new Error("the flow expired while it was replayed");
  if (isLeftAlone(ports, answer.flow)) {
    await send(ports, { ...(await startMessage(ports, answer.flow, jobs, true)), trace });
  }
  log({ level: "info", event: "flow.replayed", ...about });
  return { flow: flowView(answer.flow, catalog), token, replayed: true };
}

/**
 * The first request may have died between its record and its send, and nobody else would know of the flow; or the dispatch queue
 * was purged, and nobody else has the inputs.
 */
function isLeftAlone({ clock, profile = standardProfile }: ProducerPorts, flow: FlowRecord): boolean {
  const isUntouched = Object.values(flow.jobs).every((job) => job.status === "queued");
  return isUntouched || hasLostItsCheck(flow, clock.now(), profile);
}

async function send({ queue }: ProducerPorts, message: OutgoingMessage): Promise<void> {
  const [failure] = await queue.send(dispatchQueue, [message]);
  if (failure) throw new Error(`the dispatch queue refused the flow: ${failure.reason}`);
}
