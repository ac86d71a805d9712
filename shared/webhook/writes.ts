import { recordRetentionSeconds } from "../catalog/queue-settings.ts";
import { errorText } from "../flow/flow-record.ts";
import {
  type Assignment,
  all,
  among,
  any,
  below,
  type Condition,
  exists,
  missing,
  type Update,
} from "../ledger/table.ts";
import { type DeliveryItem, kindOfLine, type Line, lineId } from "./records.ts";

/** A delivery as an attempt finds it: what is recorded of it, or what its notification says where nothing is yet. */
export type Delivery = Omit<DeliveryItem, "kind" | "state" | "line" | "slot" | "expires">;

/** What becomes of a delivery. What isn't named is taken away. */
export interface DeliveryChange
  extends Pick<DeliveryItem, "state" | "attempts">,
    Partial<Pick<DeliveryItem, "due" | "held" | "line" | "slot" | "attemptedAt" | "status" | "reason">> {}

/**
 * Records what became of a delivery, unless it is final, or another copy of its message has made an attempt since this one looked:
 * each attempt is counted once. One that another copy has parked goes on being parked: its message may be gone.
 */
export function deliveryChanged(delivery: Delivery, change: DeliveryChange, now: number): Update {
  const stillWaits = [missing(["kind"]), isAsSeen(delivery, "waiting")];
  const when = {
    waiting: any(...stillWaits),
    parked: all(isAsSeen(delivery, "parked"), among(["slot"], change.slot ?? -1)),
    delivered: any(...stillWaits, isAsSeen(delivery, "parked")),
    failed: any(...stillWaits, isAsSeen(delivery, "parked")),
  };
  return changed(delivery, change, now, when[change.state]);
}

/** Parks a delivery, unless another copy of its message was faster, whose slot counts. */
export function deliveryParked(
  delivery: Delivery,
  change: Omit<DeliveryChange, "state">,
  now: number,
): Update {
  const when = any(missing(["kind"]), isAsSeen(delivery, "waiting"));
  return changed(delivery, { ...change, state: "parked" }, now, when);
}

/** Gives a parked delivery another slot, unless somebody else has done so, or it is final. */
export function slotChanged(id: string, from: number, to: number, now: number): Update {
  return {
    id,
    when: all(among(["state"], "parked"), among(["slot"], from)),
    set: [...assignments({ slot: to }), kept(now)],
  };
}

function isAsSeen({ attempts }: Delivery, state: "waiting" | "parked"): Condition {
  return all(among(["state"], state), among(["attempts"], attempts));
}

function changed(delivery: Delivery, change: DeliveryChange, now: number, when: Condition): Update {
  const { id, notification, flow, epoch, url, byDefault, createdAt } = delivery;
  const { state, attempts, due, held, line, slot, attemptedAt, status } = change;
  const reason = change.reason === undefined ? undefined : errorText(change.reason);
  const optional = { due, held, line, slot, attemptedAt, status, reason };
  const own = { kind: "delivery", notification, flow, epoch, url, byDefault, createdAt };
  return {
    id,
    when,
    set: [...assignments({ ...own, state, attempts, ...optional }), kept(now)],
    remove: Object.entries(optional).flatMap(([name, value]) =>
      value === undefined ? [[name] as const] : [],
    ),
  };
}

/** A write to a line whose item expires, and the one for an endpoint that has answered 410: its item stays until an operator enables it again. */
export function lineKept(update: Update, now: number): Update {
  return { ...update, when: all(update.when, missing(["disabledAt"])), set: [...update.set, kept(now)] };
}

/** What is counted of failures in a row: a line's own; of an origin, endpoints that went down, and failures that were answers. */
export type FailureCount = "unreached" | "hung" | "failures";

/** One more failure in a row. For `writeLine`, like the two others that say nothing of `expires`. */
export function lineFailed(line: Line, count: FailureCount, reason: string): Update {
  return {
    id: lineId(line),
    when: always,
    set: [
      ...assignments({ kind: kindOfLine(line), line, reason: errorText(reason) }),
      { path: [count], to: { of: [count], plus: 1, from: 0 } },
    ],
  };
}

export function lineDown(line: Line, now: number): Update {
  return { id: lineId(line), when: missing(["since"]), set: assignments({ since: now }) };
}

export function lineUp(line: Line): Update {
  return {
    id: lineId(line),
    when: exists(["kind"]),
    set: assignments({ kind: kindOfLine(line) }),
    remove: [["unreached"], ["hung"], ["failures"], ["since"], ["reason"]],
  };
}

/** Takes the next number in a line. */
export function slotTaken(line: Line): Update {
  return {
    id: lineId(line),
    when: always,
    set: [
      ...assignments({ kind: kindOfLine(line), line }),
      { path: ["tail"], to: { of: ["tail"], plus: 1, from: 0 } },
    ],
  };
}

/** Which message is to stand for what is parked in a line, in the place of the one that was seen there. */
export function probeSet(
  line: Line,
  seen: string | undefined,
  probe: { readonly id: string; readonly due: number; readonly setAt: number },
): Update {
  return {
    id: lineId(line),
    when: seen === undefined ? missing(["probe"]) : among(["probe"], seen),
    set: assignments({ probe: probe.id, probeDue: probe.due, probeSetAt: probe.setAt }),
    remove: [["probeSent"]],
  };
}

export function probeSent(line: Line, probe: string): Update {
  return {
    id: lineId(line),
    when: among(["probe"], probe),
    set: assignments({ probeSent: true }),
  };
}

/** One copy of the probe works at a time: until then. */
export function turnTaken(line: Line, probe: string, now: number, until: number): Update {
  return {
    id: lineId(line),
    when: all(among(["probe"], probe), any(missing(["turnEnd"]), below(["turnEnd"], now + 1))),
    set: assignments({ turnEnd: until }),
  };
}

/** Ends a turn, unless something was parked meanwhile that it hasn't seen. Without `due` there is nothing left to come for. */
export function turnEnded(
  line: Line,
  probe: string,
  { head, tail, due }: { readonly head: number; readonly tail: number; readonly due: number | undefined },
): Update {
  return {
    id: lineId(line),
    when: all(among(["probe"], probe), among(["tail"], tail)),
    set: assignments({ head, ...(due === undefined ? {} : { probeDue: due }) }),
    remove: [["turnEnd"], ...(due === undefined ? probeFields : [])],
  };
}

const probeFields = [["probe"], ["probeDue"], ["probeSetAt"], ["probeSent"]] as const;

/** An item may be there or not. */
export const always: Condition = any(exists(["id"]), missing(["id"]));

function assignments(fields: Readonly<Record<string, string | number | boolean | undefined>>): Assignment[] {
  return Object.entries(fields).flatMap(([name, to]) => (to === undefined ? [] : [{ path: [name], to }]));
}

function kept(now: number): Assignment {
  return { path: ["expires"], to: expiresFrom(now) };
}

/** In seconds since 1970. */
export function expiresFrom(now: number): number {
  return Math.ceil(now / 1000) + recordRetentionSeconds;
}
