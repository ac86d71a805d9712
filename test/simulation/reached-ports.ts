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
import { dispatchQueue, type OutgoingMessage, type Queue, type QueueName } from "../../shared/queue/queue.ts";
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
  const { queue, faults, refusals } = services;
  const options = { refusal: refusals.queue };
  return {
    async send(name, messages) {
      const partial = messages.length > 1 && faults.strikes("partialSend");
      const entries = messages.map((message, index) => ({
        message,
        index,
        fails: partial && fraction(services.entropy) < 0.5,
      }));
      const taken = entries.filter(({ fails }) => !fails);
      const arriving = taken.filter(({ message }) => !isLost(faults, name, message));
      const answer = await call(
        () =>
          queue.send(
            name,
            arriving.map(({ message }) => (newer ? asNewer.message(message) : message)),
          ),
        options,
      ).catch((error: Error) => taken.map((_, index) => ({ index, reason: error.message })));
      return [
        ...entries.filter(({ fails }) => fails).map(({ index }) => ({ index, reason: "InternalError" })),
        ...answer.map(({ index, reason }) => ({ index: taken[index]?.index ?? index, reason })),
      ];
    },
    hide: (name, message, seconds) => call(() => queue.hide(name, message, seconds), options),
    depth: (name) => call(() => queue.depth(name), options),
  };
}

/** Gone after it was accepted: a job's message, which the flow's check rebuilds, or a check, which its caller does. */
function isLost(faults: Faults, queue: QueueName, { attributes }: OutgoingMessage): boolean {
  if (catalog.jobs.has(queue)) return faults.strikes("lose");
  return (
    queue === dispatchQueue &&
    String(attributes["errand"]).startsWith("check/") &&
    faults.strikes("loseCheck")
  );
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
