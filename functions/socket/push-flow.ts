import type { FlowView } from "../../shared/index.ts";
import { viewText } from "./protocol.ts";
import type { SocketPorts } from "./socket.ts";

/** Tells whoever is subscribed to a flow how it stands. */
export type PushFlow = (flow: FlowView) => Promise<void>;

/**
 * Whoever subscribes after its subscribers are read has got a state that is as new. A connection that is gone is unsubscribed;
 * the pusher throws where one couldn't be reached, after all others were.
 */
export function createFlowPusher({
  subscriptions,
  connections,
}: Pick<SocketPorts, "subscriptions" | "connections">): PushFlow {
  return async (flow) => {
    const subscribers = await subscriptions.subscribers(flow.id);
    if (subscribers.length === 0) return;
    const text = viewText(flow);
    const told = await Promise.allSettled(
      subscribers.map((connection) => connections.post(connection, text)),
    );
    const gone = subscribers.filter((_, index) => isGone(told[index]));
    if (gone.length > 0) await subscriptions.remove(flow.id, gone);
    const failed = told.find((each) => each.status === "rejected");
    if (failed) throw failed.reason;
  };
}

function isGone(told: PromiseSettledResult<boolean> | undefined): boolean {
  return told?.status === "fulfilled" && !told.value;
}
