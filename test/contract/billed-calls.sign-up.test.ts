import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { billPerJob, type StepBill } from "../bench/bill.ts";
import { countEngineCalls, type EngineCalls } from "../bench/engine-calls.ts";
import { formatTable } from "../bench/table.ts";
import { itemBytes } from "../support/billed-calls.ts";
import { type Servers, startServers } from "../support/servers.ts";

/** Calls of one sign-up by the protocol's steps, with batches that are all 10, 3 or 1 messages full. */
const limits: Readonly<Record<string, readonly [number, number, number]>> = {
  put: [1, 1, 1],
  "start: send": [1, 1, 1],
  "start: receive and delete": [0.2, 2 / 3, 2],
  arm: [0.1, 1 / 3, 1],
  "fan-out": [0.3, 1, 3],
  "jobs: receive and delete": [0.6, 2, 6],
  lease: [1, 1, 1],
  settle: [3, 3, 3],
  "check: receive and delete": [0.2, 2 / 3, 2],
  "check: read": [0.1, 1 / 3, 1],
};

/** Per job, without what a worker reads of its breakers: once when it is new, and once a minute, whatever it runs. The sum of the steps is 7.5, 11 and 21; units are more, since DynamoDB bills each item of a batch read. */
const totals = [
  { fill: 10, column: 0, calls: 2.6, units: 2.9 },
  { fill: 3, column: 1, calls: 3.8, units: 4 },
  { fill: 1, column: 2, calls: 7, units: 7 },
] as const;

type Total = (typeof totals)[number];

/** Rounding of thirds. */
const tolerance = 1e-9;

let servers: Servers;
beforeEach(async () => {
  servers = await startServers();
});
afterEach(() => servers.stop());

describe.each(totals)("with batches of $fill", (total) => {
  const { fill } = total;
  const signUps = 2 * fill;

  test("a sign-up of three jobs takes no more calls than the protocol says, and its item stays within one write unit", async () => {
    const run = await countEngineCalls(servers, { signUps, fill });
    expect(await outcomes(run)).toEqual(Array(signUps).fill(["succeeded", "succeeded", "succeeded"]));
    expect(run.newWorkers.map(({ operation }) => operation)).toEqual(Array(3).fill("BatchGetItem"));
    checkBill(billPerJob(run.calls, signUps * 3), total);
    const writes = run.calls.filter(({ kind }) => kind === "write").map(({ units }) => units);
    expect(Math.max(...writes)).toBe(1);
    expect(Math.max(...(await sizes(run)))).toBeLessThanOrEqual(1024);
  });
});

test("who asks to be told of the end pays one send more, who doesn't nothing", async () => {
  const signUps = 3;
  const fill = 3;
  const notify = { webhook: "https://example.com/errand" };
  const asking = await countEngineCalls(servers, { signUps, fill, notify });
  const notices = asking.calls.filter(({ step }) => step === "notice");
  expect(notices).toHaveLength(signUps);
  for (const { operation, units } of notices) expect([operation, units]).toEqual(["SendMessage", 1]);
  const silent = await startServers();
  try {
    const others = await countEngineCalls(silent, { signUps, fill });
    const steps = (run: EngineCalls) => run.calls.map(({ step }) => step);
    expect(steps(others)).toEqual(steps(asking).filter((step) => step !== "notice"));
  } finally {
    await silent.stop();
  }
});

/** A failure prints the whole table. */
function checkBill(bill: ReadonlyMap<string, StepBill>, { column, calls, units }: Total): void {
  const rows = [...bill].map(([step, found]) => {
    const most = step === "total" ? calls : (limits[step]?.[column] ?? 0) / 3;
    const over = found.calls > most + tolerance || (step === "total" && found.units > units + tolerance);
    const figures = [found.calls, most, found.units].map((figure) => figure.toFixed(3));
    return { over, cells: [step, ...figures, over ? "over" : ""] };
  });
  if (!rows.some(({ over }) => over)) return;
  const head = ["per job", "calls", "at most", "units", ""];
  throw new Error(
    `too many billed calls\n\n${formatTable(
      head,
      rows.map(({ cells }) => cells),
    )}`,
  );
}

async function outcomes({ engine, flows }: EngineCalls): Promise<string[][]> {
  const records = await Promise.all(flows.map((flow) => engine.read(flow)));
  return records.map((record) => Object.values(record?.jobs ?? {}).map(({ status }) => status));
}

async function sizes({ engine, flows }: EngineCalls): Promise<number[]> {
  return Promise.all(
    flows.map(async (flow) => {
      const key = { TableName: engine.table, Key: { id: { S: flow } }, ConsistentRead: true };
      const { Item = {} } = await servers.dynamodb.send(new GetItemCommand(key));
      return itemBytes(Item);
    }),
  );
}
