import type { Breaker } from "../../shared/breaker/breaker.ts";
import { createBreakers } from "../../shared/breaker/breakers.ts";
import { standardProfile } from "../../shared/catalog/queue-settings.ts";
import { createClaimCheck } from "../../shared/claim-check/claim-check.ts";
import type { PayloadStore } from "../../shared/claim-check/payload-store.ts";
import { type Entropy, fraction } from "../../shared/clock/entropy.ts";
import type { VirtualClock } from "../../shared/clock/virtual-clock.ts";
import { createLedger } from "../../shared/ledger/ledger.ts";
import type { Identified, Table } from "../../shared/ledger/table.ts";
import type { Log } from "../../shared/log/event.ts";
import {
  dispatchQueue,
  notifyQueue,
  type OutgoingMessage,
  type Queue,
  type QueueName,
  webhookQueue,
} from "../../shared/queue/queue.ts";
import type { LetterBox } from "../../shared/redrive/letter-box.ts";
import { asNewer, asOlder, type Deploy } from "./deploys.ts";
import type { Faults } from "./faults.ts";
import { catalog } from "./jobs.ts";
import type { SimulatedProcess } from "./process.ts";

/** What all processes share: the servers. */
export interface Services {
  readonly clock: VirtualClock;
  readonly table: Table;
  readonly breakers: Table<Breaker>;
  readonly queue: Queue;
  readonly store: PayloadStore;
  readonly entropy: Entropy;
  readonly faults: Faults;
  readonly log: Log;
  /** How often each job's message was sent, by the job's id. */
  readonly sent: Map<string, number>;
  /** Flows of which a notice was sent. */
  readonly noticed: Set<string>;
  /** Flows of which a check was lost on its way. */
  readonly lostChecks: Set<string>;
  /** Why each server refuses a call at the moment. */
  readonly refusals: Readonly<Record<"table" | "queue" | "store", () => string | undefined>>;
}

/** Small, so that some bodies are offloaded. */
const thresholdBytes = 400;

/** The engine's ports as one process reaches them: through calls that may fail, be lost, or never return. */
export function reachedPorts(services: Services, process: SimulatedProcess, deploy: Deploy) {
  return {
    catalog,
    ledger: createLedger({ table: reachedTable(services.table, services, process), clock: process.clock }),
    breakers: createBreakers({
      table: reachedTable(services.breakers, services, process),
      clock: process.clock,
    }),
    queue: reachedQueue(services, process, deploy),
    claimCheck: createClaimCheck({ store: reachedStore(services, process, deploy), thresholdBytes }),
    clock: process.clock,
    entropy: services.entropy,
    log: services.log,
    profile: standardProfile,
    onStuck: () => process.kill(),
  };
}

/** A server that refuses calls in bursts of up to five seconds. */
export function createThrottle(
  faults: Faults,
  clock: VirtualClock,
  entropy: Entropy,
): () => string | undefined {
  let end = 0;
  return () => {
    if (faults.strikes("throttle")) end = clock.now() + fraction(entropy) * 5000;
    return clock.now() < end ? "ThrottlingException: too many requests" : undefined;
  };
}

function reachedTable<Item extends Identified>(
  table: Table<Item>,
  { refusals }: Services,
  { call }: SimulatedProcess,
): Table<Item> {
  const options = { refusal: refusals.table };
  return {
    put: (record, when) => call(() => table.put(record, when), options),
    update: (update) => call(() => table.update(update), options),
    get: (ids) => call(() => table.get(ids), options),
  };
}

function reachedQueue(services: Services, { call }: SimulatedProcess, { newer }: Deploy): Queue {
  const { queue, faults, refusals, sent, noticed } = services;
  const options = { refusal: refusals.queue };
  const refusing = {
    refusal: () =>
      faults.lasts("queueRefusing") ? "KMS.DisabledException: the key is disabled" : refusals.queue(),
  };
  return {
    async send(name, messages) {
      const failed = failedEntries(services, messages);
      const arriving = messages
        .map((message, index) => ({ message, index }))
        .filter(({ message, index }) => !failed.includes(index) && !loses(services, name, message));
      const outgoing = arriving.map(({ message }) => (newer ? asNewer.message(message) : message));
      try {
        const answer = await call(
          () => queue.send(name, outgoing),
          name === refusedQueue ? refusing : options,
        );
        if (name === notifyQueue || name === webhookQueue)
          for (const { attributes } of outgoing) noticed.add(String(attributes["flow"]));
        if (catalog.jobs.has(name))
          for (const message of outgoing) {
            count(sent, String(message.attributes["job"]));
            if (faults.strikes("straggle")) straggle(services, name, message);
          }
        return [
          ...failed.map((index) => ({ index, reason: "InternalError" })),
          ...answer.map(({ index, reason }) => ({ index: arriving[index]?.index ?? index, reason })),
        ];
      } catch (error) {
        return messages.map((_, index) => ({ index, reason: String(error) }));
      }
    },
    hide: (name, message, seconds) => call(() => queue.hide(name, message, seconds), options),
    depth: (name) => call(() => queue.depth(name), options),
  };
}

/** The queue that refuses what is sent while one does. */
const refusedQueue = "payment";

/** The entries of a batch that fail while others don't. */
function failedEntries({ faults, entropy }: Services, messages: readonly unknown[]): readonly number[] {
  if (messages.length < 2 || !faults.strikes("partialSend")) return [];
  return [...messages.keys()].filter(() => fraction(entropy) < 0.5);
}

function count(counts: Map<string, number>, id: string): void {
  counts.set(id, (counts.get(id) ?? 0) + 1);
}

/** Another copy of a message, up to two hours later. */
function straggle({ clock, entropy, queue }: Services, name: QueueName, message: OutgoingMessage): void {
  clock.after(fraction(entropy) * 2 * 3600 * 1000, () => void queue.send(name, [message]));
}

/** Gone after it was accepted: a job's message, which the flow's check rebuilds, or a check, which its caller does. */
function loses({ faults, lostChecks }: Services, queue: QueueName, { attributes }: OutgoingMessage): boolean {
  if (catalog.jobs.has(queue)) return faults.strikes("lose");
  const isCheck = queue === dispatchQueue && String(attributes["errand"]).startsWith("check/");
  if (!isCheck || !faults.strikes("loseCheck")) return false;
  lostChecks.add(String(attributes["flow"]));
  return true;
}

/** Dead letters, as an operator's tool reaches them. */
export function reachedLetters(
  { refusals }: Services,
  { call }: SimulatedProcess,
  letters: LetterBox,
  { newer }: Deploy,
): LetterBox {
  const options = { refusal: refusals.queue };
  return {
    async receive(queue, seconds) {
      const received = await call(() => letters.receive(queue, seconds), options);
      return newer ? received.map((message) => asOlder.message(message)) : received;
    },
    giveBack: (queue, messages) => call(() => letters.giveBack(queue, messages), options).catch(() => {}),
    remove: (queue, letter) => call(() => letters.remove(queue, letter), options),
  };
}

function reachedStore(
  { store, faults, refusals }: Services,
  { call }: SimulatedProcess,
  { newer }: Deploy,
): PayloadStore {
  const options = { refusal: () => (faults.lasts("storeDown") ? "connect ECONNREFUSED" : refusals.store()) };
  return {
    bucket: store.bucket,
    put: (key, bytes) => call(() => store.put(key, newer ? asNewer.bytes(bytes) : bytes), options),
    async get(key, maximumBytes) {
      const bytes = await call(() => store.get(key, maximumBytes), options);
      return bytes && newer ? asOlder.bytes(bytes) : bytes;
    },
  };
}
