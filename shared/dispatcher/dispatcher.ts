import { holdSeconds } from "../catalog/queue-settings.ts";
import { parsePointer } from "../claim-check/pointer.ts";
import { parseAddress, type SendAddress, subjectOf } from "../envelope/address.ts";
import { setAside, strangerLetter } from "../envelope/dead-letter.ts";
import { NotAnEnvelopeError, parseEnvelope } from "../envelope/envelope.ts";
import { type FlowRecord, jobOf } from "../flow/flow-record.ts";
import type { EventName, Log } from "../log/event.ts";
import { dispatchQueue, type ReceivedMessage } from "../queue/queue.ts";
import type { DispatcherPorts, DispatchMessage } from "./dispatcher-ports.ts";
import { dueJob, type FlowOrder, fanOut } from "./fan-out.ts";
import { takeTurn } from "./turn.ts";

/** Sends what is due: the jobs of new flows, and what a check finds lost. */
export interface Dispatcher {
  /** Works one batch of the dispatch queue; answers the ids of the messages to be delivered again. Never throws. */
  process(messages: readonly ReceivedMessage[]): Promise<readonly string[]>;
}

/** A dispatcher over its ports. */
export function createDispatcher(ports: DispatcherPorts): Dispatcher {
  return {
    async process(messages) {
      const failed = new Set<ReceivedMessage>();
      const fail = (message: ReceivedMessage, error: unknown) => {
        failed.add(message);
        warn(ports.log, "message.failed", message, error);
      };
      const read = await decodeAll(ports, messages, fail);
      const orders = await ordersOf(ports, read, fail);
      await fanOut(ports, orders, fail);
      await Promise.all([...failed].map((message) => hide(ports, message)));
      return [...failed].map(({ id }) => id);
    },
  };
}

type Fail = (message: ReceivedMessage, error: unknown) => void;

/** Longer the longer it has failed: an outage of days costs little. Not hidden, it comes again after its visibility timeout. */
async function hide(
  { queue, clock, profile, log }: DispatcherPorts,
  message: ReceivedMessage,
): Promise<void> {
  const seconds = Math.ceil(holdSeconds((clock.now() - message.sentAt) / 1000, profile));
  await queue.hide(dispatchQueue, message, seconds).catch((error: unknown) => {
    warn(log, "message.failed", message, error);
  });
}

async function decodeAll(ports: DispatcherPorts, messages: readonly ReceivedMessage[], fail: Fail) {
  const read: DispatchMessage[] = [];
  for (const message of messages) {
    try {
      const address = parseAddress(message.attributes);
      if (address.kind === "run" || address.kind === "notify" || address.kind === "probe")
        throw new NotAnEnvelopeError(`errand: start, check, close or send, got ${address.kind}`);
      const envelope = parsePointer(message.body) ? undefined : parseEnvelope(message.body);
      read.push({ message, address, envelope });
    } catch (error) {
      await refuse(ports, message, error, fail).catch((again: unknown) => fail(message, again));
    }
  }
  return read;
}

/** No envelope of ours goes to the dead letters with its bytes; a newer one waits for the deploy that knows it. */
async function refuse({ queue, log }: DispatcherPorts, message: ReceivedMessage, error: unknown, fail: Fail) {
  if (!(error instanceof NotAnEnvelopeError)) return fail(message, error);
  await setAside(queue, dispatchQueue, strangerLetter(message, error.message));
  warn(log, "message.dead-lettered", message, error);
}

/** What each message asks for: at a first delivery its own word is enough, after that the ledger's counts. */
async function ordersOf(
  ports: DispatcherPorts,
  read: readonly DispatchMessage[],
  fail: Fail,
): Promise<readonly FlowOrder[]> {
  const known = await ports.ledger
    .readMany(read.filter((entry) => !isFirstWord(entry)).map(({ address }) => address.flow))
    .catch((error: unknown) => error as Error);
  const orders: FlowOrder[] = [];
  for (const entry of read) {
    try {
      const order = isFirstWord(entry) ? firstOrder(ports, entry) : await laterOrder(ports, entry, known);
      if (order) orders.push(order);
    } catch (error) {
      fail(entry.message, error);
    }
  }
  return orders;
}

/** A start that nobody has seen, and that carries its jobs. */
function isFirstWord(entry: DispatchMessage): boolean {
  return isFirstDelivery(entry) && entry.envelope !== undefined;
}

function isFirstDelivery({ message, address }: DispatchMessage): boolean {
  return address.kind === "start" && !address.again && message.receiveCount === 1;
}

/** Every job of the envelope, as it was just recorded. */
function firstOrder({ clock }: DispatcherPorts, { message, address, envelope }: DispatchMessage): FlowOrder {
  const deadline = address.kind === "start" ? address.deadline : 0;
  const jobs = Object.entries(envelope?.jobs ?? {}).map(([key, { job }]) => ({ key, queue: job, run: 0 }));
  return {
    message,
    envelope,
    flow: address.flow,
    deadline,
    again: false,
    armedAt: clock.now(),
    arm: "check",
    jobs,
    ifRefused: "put back",
  };
}

async function laterOrder(
  ports: DispatcherPorts,
  entry: DispatchMessage,
  known: ReadonlyMap<string, FlowRecord> | Error,
): Promise<FlowOrder | undefined> {
  if (known instanceof Error) throw known;
  const { address } = entry;
  const flow = known.get(address.flow);
  if (address.kind === "send") return putBackOrder(entry, address, flow);
  if (flow && isFirstDelivery(entry)) {
    // Offloaded: the ledger tells its jobs for a third of what S3 would take.
    const jobs = Object.entries(flow.jobs).map(([key, job]) => dueJob(key, job));
    return { ...firstOrder(ports, entry), deadline: flow.deadline, jobs };
  }
  return takeTurn(ports, { ...entry, address }, flow);
}

/** A job that its queue refused: once more, as long as nobody has had it from another message. */
function putBackOrder(
  { message, envelope }: DispatchMessage,
  { key, run }: SendAddress,
  flow: FlowRecord | undefined,
): FlowOrder | undefined {
  const job = jobOf(flow, key);
  if (!flow || job?.status !== "queued" || job.run !== run) return undefined;
  const jobs = [dueJob(key, job)];
  const { id, deadline } = flow;
  const order = { message, envelope, flow: id, deadline, again: true, armedAt: 0, arm: undefined, jobs };
  return { ...order, ifRefused: "redeliver" };
}

function warn(log: Log, event: EventName, message: ReceivedMessage, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  log({ level: "warn", event, ...subjectOf(dispatchQueue, message), reason });
}
