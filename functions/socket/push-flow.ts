import { flowText } from "./protocol.ts";
import type { SocketPorts } from "./socket.ts";

/** Tells whoever is subscribed to a flow how it stands now. */
export type PushFlow = (flow: string) => Promise<void>;

/**
 * The flow is read after its subscribers: whoever subscribes later has got at least that state. A connection that is gone is
 * unsubscribed; the pusher throws where one couldn't be reached, after all others were, so that the notification comes again.
 */
export function createFlowPusher({
  catalog,
  ledger,
  subscriptions,
  connections,
}: Pick<SocketPorts, "catalog" | "ledger" | "subscriptions" | "connections">): PushFlow {
  return async (flow) => {
    const subscribers = await subscriptions.subscribers(flow);
    if (subscribers.length === 0) return;
    const record = await ledger.read(flow);
    if (!record) return;
    const text = flowText(record, catalog);
    const told = await Promise.allSettled(
      subscribers.map(async (connection) => {
        if (!(await connections.post(connection, text))) await subscriptions.remove({ connection, flow });
      }),
    );
    const failed = told.find((each) => each.status === "rejected");
    if (failed) throw failed.reason;
  };
}
