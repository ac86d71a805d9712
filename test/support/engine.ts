import * as v from "valibot";
import type { Breaker } from "../../shared/breaker/breaker.ts";
import { createBreakers } from "../../shared/breaker/breakers.ts";
import { defineCatalog } from "../../shared/catalog/catalog.ts";
import { defineFlow } from "../../shared/catalog/flow.ts";
import { defineJob } from "../../shared/catalog/job.ts";
import { standardProfile } from "../../shared/catalog/queue-settings.ts";
import { createClaimCheck } from "../../shared/claim-check/claim-check.ts";
import { createMemoryPayloadStore } from "../../shared/claim-check/memory-payload-store.ts";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";
import type { FlowRecord } from "../../shared/flow/flow-record.ts";
import { createLedger } from "../../shared/ledger/ledger.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import { exists, missing, type Table } from "../../shared/ledger/table.ts";
import type { EngineEvent } from "../../shared/log/event.ts";
import { flowId, start } from "./builders.ts";
import { createManualClock } from "./clock-manual.ts";
import { createRecordingQueue, type RecordingOptions } from "./queue-recorder.ts";

export const person = v.strictObject({ email: v.pipe(v.string(), v.email()), name: v.string() });
export const zoe = { email: "zoe@example.com", name: "Zoë" };

/** A job that may repeat, one whose effect must happen once, and one that fails where that is unknown. */
export const pdf = defineJob({ name: "pdf", input: person });
export const mail = defineJob({ name: "mail", input: person, effect: { once: "resend" } });
export const charge = defineJob({ name: "charge", input: person, effect: { once: "fail" } });
export const signUp = defineFlow({
  name: "sign-up",
  input: person,
  plan: (input) => [mail.with(input), pdf.with(input)],
});
const catalog = defineCatalog({ flows: [signUp], jobs: [mail, pdf, charge] });

export interface EngineOptions extends RecordingOptions {
  /** What stands around the table: to fail it, or to count. */
  readonly around?: (table: Table) => Table;
  readonly thresholdBytes?: number;
}

/** The engine's ports over memory adapters, with a clock that tests set and a queue that notes what it is asked. */
export function createEngine({
  around = (table) => table,
  thresholdBytes,
  ...recording
}: EngineOptions = {}) {
  const clock = createManualClock(start);
  const entropy = createSeededEntropy(1);
  const table = createMemoryTable();
  const store = createMemoryPayloadStore("payloads");
  const events: EngineEvent[] = [];
  const ports = {
    catalog,
    clock,
    entropy,
    ledger: createLedger({ table: around(table), clock }),
    breakers: createBreakers({ table: createMemoryTable<Breaker>(), clock }),
    queue: createRecordingQueue(recording),
    claimCheck: createClaimCheck({ store, ...(thresholdBytes === undefined ? {} : { thresholdBytes }) }),
    log: (event: EngineEvent) => {
      events.push(event);
    },
    profile: standardProfile,
  };
  return {
    ...ports,
    ports,
    store,
    events,
    names: () => events.map(({ event }) => event),
    /** Puts a record, whatever is there. */
    async given(flow: FlowRecord) {
      await table.put(flow, { any: [exists(["id"]), missing(["id"])] });
    },
    async recorded(id = flowId) {
      return (await table.get([id])).get(id);
    },
    async job(key: string, id = flowId) {
      return (await table.get([id])).get(id)?.jobs[key];
    },
  };
}

export type Engine = ReturnType<typeof createEngine>;
