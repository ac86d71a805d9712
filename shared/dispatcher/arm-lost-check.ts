import { encodeAddress } from "../envelope/address.ts";
import { encodeEnvelope, envelopeVersion } from "../envelope/envelope.ts";
import type { FlowRecord } from "../flow/flow-record.ts";
import { randomId } from "../flow/ids.ts";
import { hasLostItsCheck } from "../flow/lost-check.ts";
import { dispatchQueue } from "../queue/queue.ts";
import type { DispatcherPorts } from "./dispatcher-ports.ts";

export type LostCheckPorts = Pick<
  DispatcherPorts,
  "ledger" | "queue" | "clock" | "entropy" | "log" | "profile"
>;

/** Whoever waits for a flow's status waits no longer for this. What isn't done by then may still be, or the next hour's is. */
const patienceMilliseconds = 1000;

/**
 * D3 of the protocol, for a flow that somebody has just read: where its check is lost, arms one that sees that it ends. It has
 * no envelope to carry, so it closes what is past the deadline and sends nothing again. Once an hour a flow, however many
 * ask. Takes a second at the most, and never throws.
 */
export function createLostCheckArmer(ports: LostCheckPorts): (flow: FlowRecord) => Promise<void> {
  const { clock, log, profile } = ports;
  const lostMilliseconds = profile.lostCheckSeconds * 1000;
  return async (flow) => {
    const now = clock.now();
    if (!hasLostItsCheck(flow, now, profile) || now - (flow.closingAt ?? 0) <= lostMilliseconds) return;
    const armed = arm(ports, flow, lostMilliseconds).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      log({ level: "warn", event: "message.failed", queue: dispatchQueue, flow: flow.id, reason });
    });
    await new Promise<void>((resolve) => {
      const cancel = clock.after(patienceMilliseconds, resolve);
      void armed.then(cancel).then(resolve);
    });
  };
}

/** Has the check's turn before it is sent, in its name: nobody else arms one, and the check itself finds the turn its own. */
async function arm(
  { ledger, queue, entropy, log }: LostCheckPorts,
  { id: flow, name, createdAt }: FlowRecord,
  lostMilliseconds: number,
): Promise<void> {
  const id = randomId(entropy);
  const times = { lostMilliseconds, turnMilliseconds: lostMilliseconds };
  if (!(await ledger.takeClosingTurn(flow, id, times))) return;
  const body = encodeEnvelope({ version: envelopeVersion, flow: { id: flow, name, createdAt }, jobs: {} });
  const attributes = encodeAddress({ kind: "close", flow, id });
  const [failure] = await queue.send(dispatchQueue, [{ body, attributes }]);
  if (failure) throw new Error(failure.reason);
  log({ level: "warn", event: "check.lost", flow });
}
