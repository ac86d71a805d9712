import { checkMessage, runMessage } from "../envelope/derived-message.ts";
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
  readonly arm: boolean;
  readonly jobs: readonly DueJob[];
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
  readonly queue: QueueName;
  readonly outgoing: OutgoingMessage;
}

/**
 * Arms a check of each flow and sends its jobs, both gathered over all flows of the batch. A flow whose arm failed
 * isn't fanned out, and one whose send failed is reported, itself alone.
 */
export async function fanOut(
  ports: DispatcherPorts,
  orders: readonly FlowOrder[],
  fail: (message: ReceivedMessage, error: unknown) => void,
): Promise<void> {
  const failed = new Set<FlowOrder>();
  const report = ({ order }: Parcel, reason: string) => {
    failed.add(order);
    fail(order.message, new Error(reason));
  };
  const arms = orders.filter(({ arm }) => arm).map((order) => armParcel(ports, order));
  await sendAll(ports, arms, report);
  const emptiness = createEmptiness(ports);
  const jobs: Parcel[] = [];
  for (const order of orders.filter((candidate) => !failed.has(candidate))) {
    try {
      jobs.push(...(await jobParcels(order, emptiness)));
    } catch (error) {
      failed.add(order);
      fail(order.message, error);
    }
  }
  await sendAll(ports, jobs, report);
  for (const order of orders.filter((candidate) => !failed.has(candidate))) {
    const sent = jobs.filter((parcel) => parcel.order === order).length;
    if (sent > 0) ports.log({ level: "info", event: "flow.dispatched", flow: order.flow, jobs: sent });
  }
}

async function sendAll(
  { queue }: DispatcherPorts,
  parcels: readonly Parcel[],
  report: (parcel: Parcel, reason: string) => void,
): Promise<void> {
  const byQueue = Map.groupBy(parcels, (parcel) => parcel.queue);
  const sends = [...byQueue].map(async ([name, group]) => {
    const failures = await queue.send(
      name,
      group.map(({ outgoing }) => outgoing),
    );
    for (const { index, reason } of failures) {
      const parcel = group[index];
      if (parcel) report(parcel, `${name}: ${reason}`);
    }
  });
  await Promise.all(sends);
}

function armParcel(ports: DispatcherPorts, order: FlowOrder): Parcel {
  return { order, queue: dispatchQueue, outgoing: checkMessage(ports, order.message, order) };
}

async function jobParcels(
  order: FlowOrder,
  isEmpty: (queue: QueueName) => Promise<boolean>,
): Promise<Parcel[]> {
  const { message, envelope, flow, deadline, again } = order;
  const parcels: Parcel[] = [];
  for (const { key, queue, run, onlyIfEmpty = false } of order.jobs) {
    if (onlyIfEmpty && !(await isEmpty(queue))) continue;
    const outgoing = runMessage(message, envelope, { kind: "run", flow, key, run, deadline, again });
    parcels.push({ order, queue, outgoing });
  }
  return parcels;
}

/** Whether a queue holds nothing at all, asked once a batch. */
function createEmptiness({ queue }: DispatcherPorts): (name: QueueName) => Promise<boolean> {
  const asked = new Map<QueueName, Promise<boolean>>();
  return (name) => {
    const answer = asked.get(name) ?? countOf(name);
    asked.set(name, answer);
    return answer;
  };

  async function countOf(name: QueueName): Promise<boolean> {
    const { visible, inFlight, delayed } = await queue.depth(name);
    return visible + inFlight + delayed === 0;
  }
}
