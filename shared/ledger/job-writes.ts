import { flowDeadlineSeconds } from "../catalog/queue-settings.ts";
import type { JobRecord } from "../flow/flow-record.ts";
import type { JobAddress } from "../flow/ids.ts";
import { openStatuses, waitingStatuses } from "../flow/state-machine.ts";
import { expiryFrom, present } from "./presence.ts";
import {
  type Assignment,
  all,
  among,
  any,
  below,
  type Condition,
  missing,
  type Path,
  type Update,
} from "./table.ts";

/** Each write of what a job of a flow is, and its condition, as data. What a refusal means is for `ledger.ts` and its callers. */

/** A job and the run that a message is for. */
export interface JobRun extends JobAddress {
  readonly run: number;
}

export interface LeaseTerms {
  /** Fresh for each lease: who holds it, and how its own lost answer is recognised. */
  readonly owner: string;
  readonly from: number;
  readonly to: number;
}

/** Run a job that waits and is due. */
export function leased(job: JobRun, terms: LeaseTerms): Update {
  const field = fieldsOf(job.key);
  return {
    id: job.flow,
    when: all(thisRun(job, terms.from), waitsAndIsDue(field, terms.from)),
    set: [...leaseFields(field, terms), changed],
    remove: [field("due"), field("heldSince")],
  };
}

function waitsAndIsDue(field: Field, now: number): Condition {
  return any(
    among(field("status"), "queued"),
    all(among(field("status"), "retrying", "held"), below(field("due"), now + 1)),
  );
}

/** Take a job over from the dead owner seen, and no other. The lost attempt counts; a resend is spent. */
export function takenOver(job: JobRun, terms: LeaseTerms, dead: { owner: string; resend: boolean }): Update {
  const field = fieldsOf(job.key);
  const resent: readonly Assignment[] = dead.resend ? [{ path: field("resent"), to: true }] : [];
  return {
    id: job.flow,
    when: all(thisRun(job, terms.from), leaseOver(job, dead.owner, terms.from)),
    set: [
      ...leaseFields(field, terms),
      { path: field("attempts"), to: { of: field("attempts"), plus: 1 } },
      ...resent,
      changed,
    ],
  };
}

/**
 * In each write that changes what a flow shows: two views of it are put in order by this number. A record of before there
 * was one counts from 0.
 */
const changed: Assignment = { path: ["version"], to: { of: ["version"], plus: 1, from: 0 } };

function leaseFields(field: Field, { owner, from, to }: LeaseTerms): readonly Assignment[] {
  return [
    { path: field("status"), to: "running" },
    { path: field("owner"), to: owner },
    { path: field("leaseEnd"), to },
    { path: field("startedAt"), to: from, unlessSet: true },
  ];
}

function leaseOver(job: JobAddress, owner: string, now: number): Condition {
  const field = fieldsOf(job.key);
  return all(among(field("status"), "running"), among(field("owner"), owner), below(field("leaseEnd"), now));
}

/**
 * Who settles: the owner of a lease, a worker without one, someone who saw the owner's lease end, or whoever closes what is
 * overdue, a check or the job's worker.
 */
export type Settler =
  | { readonly as: "owner"; readonly owner: string }
  | { readonly as: "unleased" }
  | { readonly as: "heir"; readonly deadOwner: string }
  | { readonly as: "check" };

export interface Settlement {
  readonly status: "succeeded" | "failed" | "retrying" | "held";
  readonly countAttempt: boolean;
  /** When the attempt started, for a job that had no lease to write it. */
  readonly startedAt?: number;
  readonly due?: number;
  /** For `held`: since when what it waits for is missing. */
  readonly heldSince?: number;
  readonly error?: string;
  readonly result?: string;
}

/** A job's end, or its way back to waiting: the only write that moves a flow's counter. */
export function settled(
  job: JobRun,
  settler: Settler,
  settlement: Settlement,
  nonce: string,
  now: number,
): Update {
  const field = fieldsOf(job.key);
  const final = settlement.status === "succeeded" || settlement.status === "failed";
  return {
    id: job.flow,
    when: all(thisRun(job, now), mayEnd(job, settler, settlement, now)),
    set: [
      { path: field("status"), to: settlement.status },
      { path: field("by"), to: nonce },
      ...(settlement.countAttempt
        ? [{ path: field("attempts"), to: { of: field("attempts"), plus: 1 } }]
        : []),
      ...optional(field, settlement, ["startedAt", "due", "heldSince", "error", "result"]),
      ...(final ? ending(field, now) : []),
      changed,
    ],
    remove: [
      ...[field("owner"), field("leaseEnd")],
      ...(settlement.due === undefined ? [field("due")] : []),
      ...(settlement.heldSince === undefined ? [field("heldSince")] : []),
      ...(settlement.error === undefined ? [field("error")] : []),
    ],
  };
}

/** All operands are read before the write, so `left` is what remains after this job whatever the order. */
function ending(field: Field, now: number): readonly Assignment[] {
  return [
    { path: field("left"), to: { of: ["open"], plus: -1 } },
    { path: field("leftEpoch"), to: { of: ["epoch"], plus: 0 } },
    { path: field("finishedAt"), to: now },
    { path: ["open"], to: { of: ["open"], plus: -1 } },
  ];
}

function mayEnd(job: JobRun, settler: Settler, { status }: Settlement, now: number): Condition {
  const field = fieldsOf(job.key);
  const open = among(field("status"), ...openStatuses);
  const unowned = missing(field("owner"));
  switch (settler.as) {
    case "owner": {
      const mine = among(field("owner"), settler.owner);
      // A success stands also where the job went back to waiting in the meantime: the effect has happened.
      return all(open, status === "succeeded" ? any(mine, unowned) : mine);
    }
    case "unleased":
      // Back to waiting only from `queued`: a second copy of the message must not count an attempt again. A hold counts none.
      if (status === "retrying") return all(among(field("status"), "queued"), unowned);
      return all(status === "held" ? waitsAndIsDue(field, now) : open, unowned);
    case "heir":
      return leaseOver(job, settler.deadOwner, now);
    case "check":
      return all(open, any(among(field("status"), ...waitingStatuses), below(field("leaseEnd"), now)));
  }
}

/**
 * A failed job once more, in a run of its own: the only way out of an end. Its flow is open again in a new epoch, so that
 * what an earlier end owed counts no more, and has all its time before it. Due now: for a check the wait begins here.
 */
export function reopened(job: JobRun, now: number): Update {
  const field = fieldsOf(job.key);
  return {
    id: job.flow,
    when: all(thisRun(job, now), among(field("status"), "failed")),
    set: [
      { path: field("status"), to: "queued" },
      { path: field("run"), to: job.run + 1 },
      { path: field("attempts"), to: 0 },
      { path: field("due"), to: now },
      { path: ["open"], to: { of: ["open"], plus: 1 } },
      { path: ["epoch"], to: { of: ["epoch"], plus: 1 } },
      { path: ["deadline"], to: now + flowDeadlineSeconds * 1000 },
      { path: ["expires"], to: expiryFrom(now) },
      changed,
    ],
    remove: endedFields.map(field),
  };
}

/** What a job's record says of the run that has ended; whatever it waited for or was leased by is gone since its end. */
const endedFields = [
  "resent",
  "by",
  "left",
  "leftEpoch",
  "startedAt",
  "finishedAt",
  "error",
  "result",
] as const;

type Field = (name: keyof JobRecord) => Path;

function fieldsOf(key: string): Field {
  return (name) => ["jobs", key, name];
}

function thisRun(job: JobRun, now: number): Condition {
  return all(present(now), among(fieldsOf(job.key)("run"), job.run));
}

function optional(
  field: Field,
  settlement: Settlement,
  names: readonly ("startedAt" | "due" | "heldSince" | "error" | "result")[],
) {
  return names.flatMap((name): readonly Assignment[] => {
    const to = settlement[name];
    return to === undefined ? [] : [{ path: field(name), to }];
  });
}
