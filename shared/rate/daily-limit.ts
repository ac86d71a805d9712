import type { Clock } from "../clock/clock.ts";
import { among, any, below, missing, type Table } from "../ledger/table.ts";

/** What the ledger keeps of one key: which job has it, and until when. */
export interface DailyUse {
  readonly id: string;
  readonly job: string;
  /** In seconds since 1970; it is the table's TTL too. */
  readonly expires: number;
}

/** Of all jobs that ask for one key, one a day may have it. */
export interface DailyLimit {
  /**
   * Takes the key for a job, for 24 hours from now, or says that another job has it. A job that has it already takes it anew, and with
   * it a day that begins now. An answer that is lost on the way is had again by asking again. Throws only what the table throws.
   */
  take(key: string, job: string): Promise<boolean>;
}

export interface DailyLimitOptions {
  /** Of what there is one a day: `welcome-email`. */
  readonly name: string;
}

const daySeconds = 24 * 60 * 60;

/**
 * One conditional write, without a read before it: 0.625 $/M whether it is granted or refused. A refusal changes nothing, so that
 * nobody can keep a key from others by asking for it. Keys are stored as they are: who counts people hashes them.
 */
export function createDailyLimit({
  name,
  table,
  clock,
}: DailyLimitOptions & { readonly table: Table<DailyUse>; readonly clock: Clock }): DailyLimit {
  return {
    async take(key, job) {
      const now = Math.floor(clock.now() / 1000);
      const { applied } = await table.update({
        id: `daily-limit/${name}/${key}`,
        // What has expired counts as absent, also before DynamoDB has deleted it.
        when: any(missing(["job"]), among(["job"], job), below(["expires"], now + 1)),
        set: [
          { path: ["job"], to: job },
          { path: ["expires"], to: now + daySeconds },
        ],
      });
      return applied;
    },
  };
}
