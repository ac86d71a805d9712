import type { Clock } from "../clock/clock.ts";
import { among, missing, type Table, type Update } from "../ledger/table.ts";

/** What the ledger's table keeps of subscriptions: a list for each flow and one for each connection, each a small item. */
export interface Roster {
  readonly id: string;
  /** In seconds since 1970: of the last entry, and a margin (DynamoDB's TTL). */
  readonly expires: number;
  /** Orders those who change it. */
  readonly revision: number;
  /** `<connection or flow> <until>` */
  readonly entries: readonly string[];
}

/** Names, and until when they are there, in ms since 1970. */
export type Entries = ReadonlyMap<string, number>;

export interface Rosters {
  /** Those that are there still. Consistent. */
  read(id: string): Promise<Entries>;
  /** Writes what `edit` makes of the list, over exactly the list that it saw; false where it makes nothing. */
  change(id: string, edit: (entries: Entries) => Entries | undefined): Promise<boolean>;
}

/** So long an item outlives its last entry: TTL deletes late anyway, and a clock may be off. */
const marginSeconds = 600;

/** `mostTries`: of those who change one list at once one gets through, and the others look again. */
export function createRosters({
  table,
  clock,
  mostTries,
}: {
  readonly table: Table<Roster>;
  readonly clock: Clock;
  readonly mostTries: number;
}): Rosters {
  return {
    read: async (id) => present((await table.get([id])).get(id), clock.now()),
    async change(id, edit) {
      let seen = (await table.get([id])).get(id);
      for (let tries = 0; tries < mostTries; tries++) {
        const entries = edit(present(seen, clock.now()));
        if (!entries) return false;
        const answer = await table.update(written(id, seen, entries, clock.now()));
        if (answer.applied) return true;
        seen = answer.record;
      }
      throw new Error(
        `${id.split("/")[0]}: a list that stays for the time of a write, got ${mostTries} changes`,
      );
    },
  };
}

function present(roster: Roster | undefined, now: number): Entries {
  const entries = (roster?.entries ?? []).map((entry): [string, number] => {
    const [name = "", until = ""] = entry.split(" ");
    return [name, Number(until)];
  });
  return new Map(entries.filter(([, until]) => until > now));
}

function written(id: string, seen: Roster | undefined, entries: Entries, now: number): Update {
  const last = Math.max(now, ...entries.values());
  return {
    id,
    when: seen ? among(["revision"], seen.revision) : missing(["revision"]),
    set: [
      { path: ["entries"], to: [...entries].map(([name, until]) => `${name} ${until}`) },
      { path: ["revision"], to: (seen?.revision ?? 0) + 1 },
      { path: ["expires"], to: Math.ceil(last / 1000) + marginSeconds },
    ],
  };
}
