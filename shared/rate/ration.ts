import type { Clock } from "../clock/clock.ts";
import { among, any, below, missing, type Table } from "../ledger/table.ts";

/** What the ledger keeps of one key: who has it, and until when. */
export interface Share {
  readonly id: string;
  /** The job that has it. */
  readonly job: string;
  /** In seconds since 1970; it is the table's TTL too. */
  readonly expires: number;
}

/** Of each key one job a period may have its share. */
export interface Ration {
  /**
   * Takes the key's share for a job, or says that another job has it. A job that has it already takes it anew, and with
   * it a period that begins now. An answer that is lost on the way is had again by asking again. Throws only what the
   * table throws.
   */
  take(key: string, job: string): Promise<boolean>;
}

export interface RationOptions {
  /** Of what there is one: `welcome-email`. */
  readonly name: string;
  readonly periodSeconds: number;
}

/**
 * One conditional write, without a read before it: 0.625 $/M whether it is granted or refused. A refusal changes nothing, so that
 * nobody can keep a key from others by asking for it. Keys are stored as they are: who counts people hashes them.
 */
export function createRation({
  name,
  periodSeconds,
  table,
  clock,
}: RationOptions & { readonly table: Table<Share>; readonly clock: Clock }): Ration {
  return {
    async take(key, job) {
      const now = Math.floor(clock.now() / 1000);
      const { applied } = await table.update({
        id: `ration/${name}/${key}`,
        // What has expired counts as absent, also before DynamoDB has deleted it.
        when: any(missing(["job"]), among(["job"], job), below(["expires"], now + 1)),
        set: [
          { path: ["job"], to: job },
          { path: ["expires"], to: now + periodSeconds },
        ],
      });
      return applied;
    },
  };
}
