import { recordRetentionSeconds } from "../catalog/queue-settings.ts";
import type { FlowRecord } from "../flow/flow-record.ts";
import { above, all, any, below, type Condition, exists, missing } from "./table.ts";

/** A record that has expired counts as none, also before DynamoDB has deleted it. `now` is in ms since 1970. */

/** Put a flow where none is. */
export function absent(now: number): Condition {
  return any(missing(["id"]), below(["expires"], seconds(now) + 1));
}

/** Change a flow that is there. */
export function present(now: number): Condition {
  return all(exists(["id"]), above(["expires"], seconds(now)));
}

export function isPresent({ expires }: Pick<FlowRecord, "expires">, now: number): boolean {
  return expires > seconds(now);
}

/** When a record expires whose flow begins now, in seconds since 1970. */
export function expiryFrom(now: number): number {
  return seconds(now) + recordRetentionSeconds;
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
