import type { Breaker } from "../../shared/breaker/breaker.ts";
import { createBreakers } from "../../shared/breaker/breakers.ts";
import { standardProfile } from "../../shared/catalog/queue-settings.ts";
import { createClaimCheck } from "../../shared/claim-check/claim-check.ts";
import type { PayloadStore } from "../../shared/claim-check/payload-store.ts";
import { type Entropy, fraction } from "../../shared/clock/entropy.ts";
import { createLedger } from "../../shared/ledger/ledger.ts";
import type { Identified, Table } from "../../shared/ledger/table.ts";
import type { EngineEvent } from "../../shared/log/event.ts";
import type { Queue } from "../../shared/queue/queue.ts";
import { catalog } from "./jobs.ts";
import type { Faults, SimulatedProcess } from "./process.ts";

/** What all processes share: the servers. */
export interface Services {
  readonly table: Table;
  readonly breakers: Table<Breaker>;
  readonly queue: Queue;
  readonly store: PayloadStore;
  readonly entropy: Entropy;
  readonly faults: Faults;
  readonly log: (event: EngineEvent) => void;
}

/** Small, so that some bodies are offloaded. */
const thresholdBytes = 400;

/** The engine's ports as one process reaches them: through calls that may fail, be lost, or never return. */
export function reachedPorts(services: Services, process: SimulatedProcess) {
  return {
    catalog,
    ledger: createLedger({ table: reachedTable(services.table, process), clock: process.clock }),
    breakers: createBreakers({ table: reachedTable(services.breakers, process), clock: process.clock }),
    queue: reachedQueue(services, process),
    claimCheck: createClaimCheck({ store: reachedStore(services, process), thresholdBytes }),
    clock: process.clock,
    entropy: services.entropy,
    log: services.log,
    profile: standardProfile,
    onStuck: () => process.kill(),
  };
}

function reachedTable<Item extends Identified>(table: Table<Item>, { call }: SimulatedProcess): Table<Item> {
  return {
    put: (record, when) => call(() => table.put(record, when)),
    update: (update) => call(() => table.update(update)),
    get: (ids) => call(() => table.get(ids)),
  };
}

function reachedQueue({ queue, entropy, faults }: Services, { call }: SimulatedProcess): Queue {
  const arrives = () => faults.lose === 0 || fraction(entropy) >= faults.lose;
  return {
    async send(name, messages) {
      // Lost after it was accepted: only a job's queue, whose messages the flow's check rebuilds.
      const arriving = catalog.jobs.has(name) ? messages.filter(arrives) : messages;
      return call(() => queue.send(name, arriving)).catch((error: Error) =>
        messages.map((_, index) => ({ index, reason: error.message })),
      );
    },
    hide: (name, message, seconds) => call(() => queue.hide(name, message, seconds)),
    depth: (name) => call(() => queue.depth(name)),
  };
}

function reachedStore({ store }: Services, { call }: SimulatedProcess): PayloadStore {
  return {
    bucket: store.bucket,
    put: (key, bytes) => call(() => store.put(key, bytes)),
    get: (key, maximumBytes) => call(() => store.get(key, maximumBytes)),
  };
}
