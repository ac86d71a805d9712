import { holdSeconds } from "../catalog/queue-settings.ts";
import { checkMessage, closeMessage, readdressed, runMessage } from "../envelope/derived-message.ts";
import type { Envelope } from "../envelope/envelope.ts";
import { definitionName, type JobRecord } from "../flow/flow-record.ts";
import { dispatchQueue, type OutgoingMessage, type QueueName, type ReceivedMessage } from "../queue/queue.ts";
import type { DispatcherPorts } from "./dispatcher-ports.ts";

/** What one message of the dispatch queue leads to. */
export interface FlowOrder {
  readonly message: ReceivedMessage;
  /** Undefined where the message carries a pointer: its jobs share that. */
  readonly envelope: Envelope | undefined;
  readonly flow: string;
  readonly deadline: number;
  /** The jobs may have run before: whoever gets one must ask the ledger. */
  readonly again: boolean;
  /** The time of this turn, which the check it arms carries. */
  readonly armedAt: number;
  /** What sees to the flow from now on: a check, or one that carries no envelope. */
  readonly arm: "check" | "close" | undefined;
  readonly jobs: readonly DueJob[];
  /**
   * What becomes of a job that its queue refuses: it is put back onto the dispatch queue by itself, left to the next check, or, where
   * the message stands for it alone, that is delivered again.
   */
  readonly ifRefused: "put back" | "leave" | "redeliver";
}

/** A job to send. */
export interface DueJob {
  readonly key: string;
  readonly queue: QueueName;
  readonly run: number;
  /** Send it only where its queue holds nothing, so that its message must be lost. Default false. */
  readonly onlyIfEmpty?: boolean;
}

/** The job that a record of the ledger stands for. */
export function dueJob(key: string, job: JobRecord): DueJob {
  return { key, queue: definitionName(key, job), run: job.run };
}

interface Parcel {
  readonly order: FlowOrder;
  readonly job?: DueJob;
  readonly queue: QueueName;
  readonly outgoing: OutgoingMessage;
}

interface Refusal {
  readonly parcel: Parcel;
  readonly reason: string;
}

type Fail = (message: ReceivedMessage, error: unknown) => void;

/**
 * Arms a check of each flow and sends its jobs, both gathered over all flows of the batch. A flow whose arm failed
 * isn't fanned out and is reported, itself alone.
 */
export async function fanOut(
  ports: DispatcherPorts,
  orders: readonly FlowOrder[],
  fail: Fail,
): Promise<void> {
  const arms = orders.flatMap((order) => armParcels(ports, order));
  const unarmed = await sendAll(ports, arms);
  report(unarmed, fail);
  const failed = new Set(unarmed.map(({ parcel }) => parcel.order));
  const jobs = await jobParcels(
    ports,
    orders.filter((order) => !failed.has(order)),
  );
  const refused = await sendAll(ports, jobs);
  await keepRefused(ports, refused, fail);
  const gone = new Set(refused.map(({ parcel }) => parcel));
  for (const [order, sent] of Map.groupBy(
    jobs.filter((parcel) => !gone.has(parcel)),
    (parcel) => parcel.order,
  )) {
    ports.log({ level: "info", event: "flow.dispatched", flow: order.flow, jobs: sent.length });
  }
}

async function sendAll({ queue }: DispatcherPorts, parcels: readonly Parcel[]): Promise<readonly Refusal[]> {
  const byQueue = Map.groupBy(parcels, (parcel) => parcel.queue);
  const sends = [...byQueue].map(async ([name, group]) => {
    const failures = await queue.send(
      name,
      group.map(({ outgoing }) => outgoing),
    );
    return failures.flatMap(({ index, reason }) => {
      const parcel = group[index];
      return parcel ? [{ parcel, reason: `${name}: ${reason}` }] : [];
    });
  });
  return (await Promise.all(sends)).flat();
}

function report(refusals: readonly Refusal[], fail: Fail): void {
  for (const { parcel, reason } of refusals) fail(parcel.order.message, new Error(reason));
}

/**
 * One queue that refuses is no reason to work the whole message again, which would send once more what other queues have
 * taken, and arm one more check: two hours of that were 37 copies of each job [measured].
 */
async function keepRefused(ports: DispatcherPorts, refused: readonly Refusal[], fail: Fail): Promise<void> {
  const back: Parcel[] = [];
  for (const refusal of refused) {
    const { parcel, reason } = refusal;
    const { flow, ifRefused } = parcel.order;
    if (ifRefused === "redeliver") report([refusal], fail);
    else warn(ports, parcel.queue, reason, flow);
    if (ifRefused === "put back") back.push(...putBackParcels(ports, parcel));
  }
  report(await sendAll(ports, back), fail);
}

function putBackParcels({ profile }: DispatcherPorts, { order, job, outgoing }: Parcel): Parcel[] {
  if (!job || job.onlyIfEmpty) return [];
  const address = { kind: "send", flow: order.flow, key: job.key, run: job.run } as const;
  const delaySeconds = Math.ceil(holdSeconds(0, profile));
  return [{ order, queue: dispatchQueue, outgoing: readdressed(outgoing, address, { delaySeconds }) }];
}

function armParcels(ports: DispatcherPorts, order: FlowOrder): Parcel[] {
  const { message, flow, arm } = order;
  if (!arm) return [];
  const outgoing = arm === "check" ? checkMessage(ports, message, order) : closeMessage(ports, message, flow);
  return [{ order, queue: dispatchQueue, outgoing }];
}

async function jobParcels(ports: DispatcherPorts, orders: readonly FlowOrder[]): Promise<readonly Parcel[]> {
  const isEmpty = createEmptiness(ports);
  const parcels: Parcel[] = [];
  for (const order of orders) {
    for (const job of order.jobs) {
      if (!job.onlyIfEmpty || (await isEmpty(job.queue))) parcels.push(jobParcel(order, job));
    }
  }
  return parcels;
}

function jobParcel(order: FlowOrder, job: DueJob): Parcel {
  const { message, envelope, flow, deadline, again } = order;
  const { key, queue, run } = job;
  const outgoing = runMessage(message, envelope, { kind: "run", flow, key, run, deadline, again });
  return { order, job, queue, outgoing };
}

/** Whether a queue holds nothing at all, asked once a batch. One that doesn't say so holds back its own jobs and no others. */
function createEmptiness(ports: DispatcherPorts): (name: QueueName) => Promise<boolean> {
  const asked = new Map<QueueName, Promise<boolean>>();
  return (name) => {
    const answer = asked.get(name) ?? isEmpty(name);
    asked.set(name, answer);
    return answer;
  };

  async function isEmpty(name: QueueName): Promise<boolean> {
    try {
      const { visible, inFlight, delayed } = await ports.queue.depth(name);
      return visible + inFlight + delayed === 0;
    } catch (error) {
      warn(ports, name, error instanceof Error ? error.message : String(error));
      return false;
    }
  }
}

function warn({ log }: DispatcherPorts, queue: QueueName, reason: string, flow?: string): void {
  log({ level: "warn", event: "message.failed", queue, ...(flow === undefined ? {} : { flow }), reason });
}
