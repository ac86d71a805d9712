import type { FlowRecord } from "../flow/flow-record.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log/event.ts";
import { isEnd, type Notice } from "./notice.ts";

/**
 * The flow of each notice of a batch, after one read for all of it, which is consistent: it sees the very write that a notice is of. Undefined,
 * with a line of the log, where there is nothing to tell any more. Throws what the ledger throws.
 */
export function readFlows(
  { ledger, log }: { readonly ledger: Pick<Ledger, "readMany">; readonly log: Log },
  notices: readonly Notice[],
): (notice: Notice) => Promise<FlowRecord | undefined> {
  const flows = ledger.readMany(notices.map(({ flow }) => flow));
  // Each message that waits for it hears of its failure; where none does, nobody needs to.
  flows.catch(() => {});
  return async (notice) => {
    const flow = (await flows).get(notice.flow);
    const stale = staleness(notice, flow);
    if (flow && stale === undefined) return flow;
    log({ level: "info", event: "message.dropped", flow: notice.flow, reason: stale ?? "no such flow" });
    return undefined;
  };
}

/** Why an end needs not be told any more: a redrive has opened the flow again, and its next end has a notice of its own. */
function staleness(notice: Notice, flow: FlowRecord | undefined): string | undefined {
  if (!flow || !isEnd(notice) || (notice.epoch === flow.epoch && flow.open === 0)) return undefined;
  return `of epoch ${notice.epoch}, the flow is in ${flow.epoch}`;
}
