import type { DurationProfile } from "../catalog/queue-settings.ts";
import type { FlowRecord } from "./flow-record.ts";

/**
 * Whether an open flow must have lost its check, as by a purge of the dispatch queue: nobody has had its turn for an hour, where
 * there is one every 15 minutes. A check that only waits behind others may come later all the same: then there are two, which
 * merge.
 */
export function hasLostItsCheck(flow: FlowRecord, now: number, profile: DurationProfile): boolean {
  return flow.open > 0 && now - (flow.checkedAt ?? flow.createdAt) > profile.lostCheckSeconds * 1000;
}
