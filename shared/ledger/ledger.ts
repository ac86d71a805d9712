import type { Clock } from "../clock/clock.ts";
import { type FlowRecord, type JobRecord, jobOf } from "../flow/flow-record.ts";
import { type FinalStatus, flowStatus } from "../flow/state-machine.ts";
import { type ClosingTimes, closingTurnTaken, turnTaken, watched, withToken } from "./flow-writes.ts";
import {
  type JobRun,
  type LeaseTerms,
  leased,
  reopened,
  type Settlement,
  type Settler,
  settled,
  takenOver,
} from "./job-writes.ts";
import { absent, isPresent } from "./presence.ts";
import type { Table, WriteAnswer } from "./table.ts";

/** The record of flows and jobs: what happened, and who may do what next. Throws only what the table throws. */
export interface Ledger {
  /** Records a flow unless its id is taken; `recorded` is false where another write was first, and `flow` is what it wrote. */
  record(flow: FlowRecord): Promise<{ readonly recorded: boolean; readonly flow: FlowRecord }>;
  /** Adds a token's hash to a flow; false where the flow is gone. */
  addToken(flow: FlowRecord, tokenHash: string): Promise<boolean>;
  /** Leases a job that waits and is due. */
  lease(job: JobRun, terms: LeaseTerms): Promise<LeaseAnswer>;
  /** Leases a job whose owner died: its attempt counts. */
  takeOver(job: JobRun, terms: LeaseTerms, dead: { owner: string; resend: boolean }): Promise<LeaseAnswer>;
  /** Ends a job, or sends it back to waiting. `nonce` is fresh for each settlement, the same when it is repeated. */
  settle(job: JobRun, settler: Settler, settlement: Settlement, nonce: string): Promise<SettleAnswer>;
  /** Queues a failed job again, in its next run; the answer is the flow in which that run is queued, undefined where it isn't. */
  reopen(job: JobRun): Promise<FlowRecord | undefined>;
  /**
   * Takes the dispatcher's turn for a flow, or finds that this message has it, and leaves it as it is. The answer is the record as
   * it stands, undefined where another has the turn.
   */
  takeTurn(flow: string, message: string, turnMilliseconds: number): Promise<FlowRecord | undefined>;
  /** The turn of a check without the envelope, where the flow's own is lost; otherwise as `takeTurn`. */
  takeClosingTurn(flow: string, message: string, times: ClosingTimes): Promise<FlowRecord | undefined>;
  /**
   * Has each change of the flow's jobs told until then (ms since 1970), or for longer where somebody asked for that. The answer is
   * the flow as it stands: whatever is written after it is told. Undefined where there is none.
   */
  watch(flow: string, until: number): Promise<FlowRecord | undefined>;
  read(flow: string): Promise<FlowRecord | undefined>;
  readMany(flows: readonly string[]): Promise<ReadonlyMap<string, FlowRecord>>;
}

/** `flow` and `job` are as they stand, undefined where they are gone. */
export interface LeaseAnswer {
  readonly granted: boolean;
  readonly flow: FlowRecord | undefined;
  readonly job: JobRecord | undefined;
}

/** `mine`: this settlement stands, now or since an earlier try whose answer was lost. */
export interface SettleAnswer {
  readonly mine: boolean;
  /** Where it was the flow's last job: how the flow ended. */
  readonly finished: FinalStatus | undefined;
  readonly flow: FlowRecord | undefined;
  readonly job: JobRecord | undefined;
}

interface LedgerPorts {
  readonly table: Table;
  readonly clock: Clock;
}

export function createLedger({ table, clock }: LedgerPorts): Ledger {
  async function readMany(flows: readonly string[]) {
    const records = await table.get([...new Set(flows)]);
    return new Map([...records].filter(([, record]) => isPresent(record, clock.now())));
  }

  return {
    async record(flow) {
      const answer = await table.put(flow, absent(clock.now()));
      if (answer.applied) return { recorded: true, flow };
      // Refused and yet gone: it expired and was deleted between the two. The caller's retry will record it.
      if (!answer.record) throw new Error("the flow's record vanished while it was written");
      return { recorded: answer.record.recordedBy === flow.recordedBy, flow: answer.record };
    },
    addToken: (flow, tokenHash) => addToken({ table, clock }, flow, tokenHash),
    lease: async (job, terms) => leaseAnswer(await table.update(leased(job, terms)), job, terms),
    takeOver: async (job, terms, dead) =>
      leaseAnswer(await table.update(takenOver(job, terms, dead)), job, terms),
    async settle(job, settler, settlement, nonce) {
      const answer = await table.update(settled(job, settler, settlement, nonce, clock.now()));
      const current = jobOf(answer.record, job.key);
      const mine = answer.applied || current?.by === nonce;
      const finished = mine ? finishedFlow(answer.record, current) : undefined;
      return { mine, finished, flow: answer.record, job: current };
    },
    async reopen(job) {
      const { applied, record } = await table.update(reopened(job, clock.now()));
      // Refused and yet queued in that run: by our own write whose answer was lost, or by another who redrives the job.
      return applied || isReopened(record, job) ? record : undefined;
    },
    async takeTurn(flow, message, turnMilliseconds) {
      const now = clock.now();
      const { applied, record } = await table.update(turnTaken(flow, message, now, turnMilliseconds));
      const mine = applied || (record?.checkedBy === message && isPresent(record, now));
      return mine ? record : undefined;
    },
    async takeClosingTurn(flow, message, times) {
      const now = clock.now();
      const { applied, record } = await table.update(closingTurnTaken(flow, message, now, times));
      if (applied) return record;
      const isOwn = record?.closingBy === message && isPresent(record, now);
      return isOwn && (record.checkedAt ?? 0) < now - times.lostMilliseconds ? record : undefined;
    },
    async watch(flow, until) {
      const { record } = await table.update(watched(flow, until, clock.now()));
      return record && isPresent(record, clock.now()) ? record : undefined;
    },
    read: async (flow) => (await readMany([flow])).get(flow),
    readMany,
  };
}

async function addToken(
  { table, clock }: LedgerPorts,
  flow: FlowRecord,
  tokenHash: string,
): Promise<boolean> {
  let current: FlowRecord | undefined = flow;
  while (current) {
    const answer: WriteAnswer = await table.update(withToken(current, tokenHash, clock.now()));
    if (answer.applied || answer.record?.tokens.includes(tokenHash)) return true;
    // Another replay added its token first; each refusal means that somebody got on, so this ends.
    current = answer.record && isPresent(answer.record, clock.now()) ? answer.record : undefined;
  }
  return false;
}

function leaseAnswer(answer: WriteAnswer, { key, run }: JobRun, { owner }: LeaseTerms): LeaseAnswer {
  const job = jobOf(answer.record, key);
  const mine = job?.run === run && job.status === "running" && job.owner === owner;
  return { granted: answer.applied || mine, flow: answer.record, job };
}

/** How the flow ended, where that job's end was the flow's: of this epoch, so that a redrive makes an older end count no more. */
function finishedFlow(flow: FlowRecord | undefined, job: JobRecord | undefined): FinalStatus | undefined {
  if (!flow || job?.left !== 0 || job.leftEpoch !== flow.epoch) return undefined;
  const status = flowStatus(Object.values(flow.jobs));
  return status === "running" ? undefined : status;
}

/** Whether somebody has queued the job again after that run, and nobody has begun with it. */
export function isReopened(flow: FlowRecord | undefined, { key, run }: JobRun): boolean {
  const job = jobOf(flow, key);
  return job?.run === run + 1 && job.status === "queued";
}
