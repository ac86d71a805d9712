import type { FlowRecord } from "../flow/flow-record.ts";
import { present } from "./presence.ts";
import { all, among, any, below, missing, type Update } from "./table.ts";

/** Each write of what a flow is as a whole, and its condition, as data. What a refusal means is for `ledger.ts` and its callers. */

/** The record's tokens with one more, the oldest given up beyond four. */
export function withToken(flow: FlowRecord, tokenHash: string, now: number): Update {
  return {
    id: flow.id,
    when: all(present(now), among(["tokenCount"], flow.tokenCount)),
    set: [
      { path: ["tokens"], to: [...flow.tokens, tokenHash].slice(-maximumTokens) },
      { path: ["tokenCount"], to: { of: ["tokenCount"], plus: 1 } },
    ],
  };
}

const maximumTokens = 4;

/**
 * The dispatcher's turn: none in the last while. Not even this message's own moves: a copy that comes late would make the turn look
 * younger to the check that it armed, which is then dropped as one too many.
 */
export function turnTaken(flow: string, message: string, now: number, turnMilliseconds: number): Update {
  return {
    id: flow,
    when: all(present(now), any(missing(["checkedAt"]), below(["checkedAt"], now - turnMilliseconds))),
    set: [
      { path: ["checkedAt"], to: now },
      { path: ["checkedBy"], to: message },
    ],
  };
}

export interface ClosingTimes {
  /** After how long without its own check a flow has lost it. */
  readonly lostMilliseconds: number;
  /** For how long one turn keeps others away. */
  readonly turnMilliseconds: number;
}

/**
 * The turn of a check that can close and not rebuild: only where the flow's own is lost, whose turn it leaves as it is, so that
 * an own one that comes late after all goes on.
 */
export function closingTurnTaken(flow: string, message: string, now: number, times: ClosingTimes): Update {
  return {
    id: flow,
    when: all(
      present(now),
      any(missing(["checkedAt"]), below(["checkedAt"], now - times.lostMilliseconds)),
      any(missing(["closingAt"]), below(["closingAt"], now - times.turnMilliseconds)),
    ),
    set: [
      { path: ["closingAt"], to: now },
      { path: ["closingBy"], to: message },
    ],
  };
}

/** Somebody watches the flow until then, unless somebody does for longer. What the flow shows stays as it is. */
export function watched(flow: string, until: number, now: number): Update {
  return {
    id: flow,
    when: all(present(now), any(missing(["watchedUntil"]), below(["watchedUntil"], until))),
    set: [{ path: ["watchedUntil"], to: until }],
  };
}
