import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { jobStatuses } from "../../shared/flow/state-machine.ts";
import { closingTurnTaken, turnTaken, watched } from "../../shared/ledger/flow-writes.ts";
import { leased, type Settlement, type Settler, settled, takenOver } from "../../shared/ledger/job-writes.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import { exists, type Table, type Update } from "../../shared/ledger/table.ts";
import { flowId, flowRecord, start } from "../support/builders.ts";
import { type DynamodbServer, startDynamodbServer } from "../support/dynamodb-server.ts";
import { createTableOn } from "../support/table-adapters.ts";

/** Values are few, so that conditions are met as often as they are missed. */
const time = fc.integer({ min: -2, max: 2 }).map((offset) => start + offset);
const name = fc.constantFrom("a", "b");
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const job = fc.record({
  status: fc.constantFrom(...jobStatuses),
  run: fc.constantFrom(0, 1),
  attempts: fc.constantFrom(0, 3),
  due: optional(time),
  owner: optional(name),
  leaseEnd: optional(time),
});
const flow = fc
  .record({
    jobs: fc.record({ mail: job, pdf: job }),
    changes: fc.record({
      checkedAt: optional(time),
      checkedBy: optional(name),
      closingAt: optional(time),
      closingBy: optional(name),
      epoch: fc.constantFrom(0, 1),
      version: fc.constantFrom(undefined, 0, 9),
      watchedUntil: optional(time),
    }),
  })
  .map(({ jobs, changes }) => flowRecord(jobs, changes));

const jobRun = fc.record({
  flow: fc.constant(flowId),
  key: fc.constantFrom("mail", "pdf"),
  run: fc.constantFrom(0, 1),
});
const terms = fc.record({ owner: name, from: time, to: time });
const settler: fc.Arbitrary<Settler> = fc.oneof(
  fc.record({ as: fc.constant("owner" as const), owner: name }),
  fc.record({ as: fc.constant("heir" as const), deadOwner: name }),
  fc.constantFrom<Settler>({ as: "unleased" }, { as: "check" }),
);
const settlement: fc.Arbitrary<Settlement> = fc.constantFrom<Settlement>(
  { status: "succeeded", countAttempt: true, result: "{}" },
  { status: "failed", countAttempt: false, error: "no", startedAt: start },
  { status: "retrying", countAttempt: true, due: start + 1, error: "busy" },
  { status: "held", countAttempt: false, due: start + 1 },
);
const update: fc.Arbitrary<Update> = fc.oneof(
  fc.tuple(jobRun, terms).map(([run, lease]) => leased(run, lease)),
  fc.tuple(jobRun, terms, name).map(([run, lease, owner]) => takenOver(run, lease, { owner, resend: true })),
  fc.tuple(jobRun, settler, settlement, name, time).map((args) => settled(...args)),
  fc.tuple(name, time).map(([message, now]) => turnTaken(flowId, message, now, 1)),
  time.map((until) => watched(flowId, until, start)),
  fc
    .tuple(name, time)
    .map(([message, now]) =>
      closingTurnTaken(flowId, message, now, { lostMilliseconds: 2, turnMilliseconds: 1 }),
    ),
);

let server: DynamodbServer;
let dynamodb: Table;
beforeAll(async () => {
  server = await startDynamodbServer();
  dynamodb = await createTableOn(server, "ledger");
});
afterAll(() => server.stop());

test("the memory table and DynamoDB answer any few writes to any flow alike", async () => {
  const overwrite = { any: [exists(["id"]), { path: ["id"], exists: false }] } as const;
  await fc.assert(
    fc.asyncProperty(flow, fc.array(update, { minLength: 1, maxLength: 5 }), async (record, updates) => {
      const memory = createMemoryTable();
      for (const table of [memory, dynamodb]) await table.put(record, overwrite);
      for (const each of updates) expect(await dynamodb.update(each)).toEqual(await memory.update(each));
    }),
    { numRuns: 100, seed: 20_260_101 },
  );
}, 30_000);
