import { randomBytes } from "node:crypto";
import { catalog } from "../../functions/catalog.ts";
import type { FailedRequest } from "../../functions/failure-log.ts";
import { createFlowPusher } from "../../functions/socket/push-flow.ts";
import { createSocket, type SocketPorts } from "../../functions/socket/socket.ts";
import type { FlowRecord } from "../../shared/flow/flow-record.ts";
import { flowView } from "../../shared/flow/flow-view.ts";
import { hashToken } from "../../shared/flow/token.ts";
import { createLedger } from "../../shared/ledger/ledger.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import type { Roster } from "../../shared/subscription/rosters.ts";
import { createSubscriptions } from "../../shared/subscription/subscriptions.ts";
import { type Changes, flowRecord, start } from "./builders.ts";
import { createManualClock } from "./clock-manual.ts";

export const token = randomBytes(32).toString("base64url");

/** The WebSocket's handlers over memory adapters, one recorded flow that `token` opens, and what connections were sent. */
export async function createSocketFixture(around: Partial<SocketPorts> = {}) {
  const clock = createManualClock(start);
  const table = createMemoryTable();
  const ledger = createLedger({ table, clock });
  const subscriptions = createSubscriptions({ table: createMemoryTable<Roster>(), clock });
  const sent: { readonly connection: string; readonly message: Record<string, unknown> }[] = [];
  const gone = new Set<string>();
  const failures: FailedRequest[] = [];
  const ports: SocketPorts = {
    ...{ catalog, ledger, subscriptions, clock },
    log: (failure) => failures.push(failure),
    connections: {
      async post(connection, text) {
        if (gone.has(connection)) return false;
        sent.push({ connection, message: JSON.parse(text) });
        return true;
      },
      close: async (connection) => void gone.add(connection),
    },
    ...around,
  };
  const flow = flowRecord({ "create-profile": {}, "render-receipt": {} }, { tokens: [hashToken(token)] });
  await ledger.record(flow);
  const socket = createSocket(ports);
  return {
    ...{ clock, ledger, subscriptions, sent, gone, failures, socket, flow },
    /** As the worker of notices does: tells how it stands now. */
    async push(id: string) {
      const record = await ledger.read(id);
      if (record) await createFlowPusher(ports)(flowView(record, catalog));
    },
    /** What a connection that was just made is answered. */
    async send(message: unknown, connection = "a") {
      const text = typeof message === "string" ? message : JSON.stringify(message);
      const before = sent.length;
      await socket.message({ id: connection, connectedAt: start }, text);
      return sent.slice(before).map((each) => each.message);
    },
    /** As a worker's settle leaves it. */
    async change(changes: Changes<FlowRecord>) {
      const [now] = [...(await table.get([flow.id])).values()];
      const version = (now?.version ?? 0) + 1;
      await table.put({ ...(now ?? flow), version, ...(changes as object) }, { path: ["id"], exists: true });
    },
  };
}
