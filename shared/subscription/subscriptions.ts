import type { Clock } from "../clock/clock.ts";
import { among, missing, type Table } from "../ledger/table.ts";

/** Who follows what: a connection, a flow, and until when (ms since 1970). */
export interface Subscription {
  readonly connection: string;
  readonly flow: string;
  readonly until: number;
}

/** What the ledger's table keeps of them: a list for each flow and one for each connection, each a small item. */
export interface Roster {
  readonly id: string;
  /** In seconds since 1970: of the last entry, and a margin (DynamoDB's TTL). */
  readonly expires: number;
  /** Orders those who change it. */
  readonly revision: number;
  /** `<connection or flow> <until>` */
  readonly entries: readonly string[];
}

/** At most so many follow one flow, and so many flows are followed by one connection: either item stays within 1 KB, one write unit. */
export const mostSubscribers = 20;
export const mostSubscriptions = 10;

/** What came of one that was to be recorded, and which connection had to make room. */
export type Added = { readonly kind: "added"; readonly replaced?: string } | { readonly kind: "full" };

/** The subscriptions of a service's connections. Throws what the table throws. */
export interface Subscriptions {
  /**
   * Records one, again for as long as it says; `full` where the connection follows too many flows. Where a flow has too many subscribers,
   * the oldest connection makes room: `replaced`.
   */
  add(subscription: Subscription): Promise<Added>;
  /** Connections that follow the flow no more. */
  remove(flow: string, connections: readonly string[]): Promise<void>;
  /** The connections that follow a flow. Consistent. */
  subscribers(flow: string): Promise<readonly string[]>;
  /** The flows that a connection follows. */
  flows(connection: string): Promise<readonly string[]>;
  /** A connection that is gone: all of its subscriptions. */
  forget(connection: string): Promise<void>;
}

/** So long an item outlives its last entry: TTL deletes late anyway, and a clock may be off. */
const marginSeconds = 600;

/** Of those who change one list at once one gets through, and the others look again: all that fit on it may meet, to come and to go. */
const mostTries = 2 * mostSubscribers;

export function createSubscriptions({
  table,
  clock,
}: {
  readonly table: Table<Roster>;
  readonly clock: Clock;
}): Subscriptions {
  const present = (roster: Roster | undefined): ReadonlyMap<string, number> => {
    const now = clock.now();
    const entries = (roster?.entries ?? []).map((entry): [string, number] => {
      const [name = "", until = ""] = entry.split(" ");
      return [name, Number(until)];
    });
    return new Map(entries.filter(([, until]) => until > now));
  };
  const read = async (id: string) => present((await table.get([id])).get(id));

  /** Writes what `edit` makes of the list, over exactly the list that it saw; false where it makes nothing. */
  async function change(
    id: string,
    edit: (entries: ReadonlyMap<string, number>) => ReadonlyMap<string, number> | undefined,
  ): Promise<boolean> {
    let seen = (await table.get([id])).get(id);
    for (let tries = 0; tries < mostTries; tries++) {
      const entries = edit(present(seen));
      if (!entries) return false;
      const answer = await table.update(rosterWritten(id, seen, entries, clock.now()));
      if (answer.applied) return true;
      seen = answer.record;
    }
    throw new Error(
      `${id.split("/")[0]}: a list that stays for the time of a write, got ${mostTries} changes`,
    );
  }

  /** The flow that is one too many for its connection is refused. */
  const putFlow = (connection: string, flow: string, until: number) =>
    change(ofConnection(connection), (entries) =>
      entries.size < mostSubscriptions || entries.has(flow) ? new Map(entries).set(flow, until) : undefined,
    );
  /** Answers the connection that made room, if one had to. */
  async function putConnection(flow: string, connection: string, until: number): Promise<string | undefined> {
    let replaced: string | undefined;
    await change(ofFlow(flow), (entries) => {
      const others = new Map(entries);
      replaced = entries.size < mostSubscribers || entries.has(connection) ? undefined : oldest(entries);
      if (replaced !== undefined) others.delete(replaced);
      return others.set(connection, until);
    });
    return replaced;
  }
  /** All at once: those who change one list one by one make each other look again. */
  const drop = (id: string, ...names: readonly string[]) =>
    change(id, (entries) => {
      const left = [...entries].filter(([name]) => !names.includes(name));
      return left.length < entries.size ? new Map(left) : undefined;
    });

  async function remove(flow: string, connections: readonly string[]): Promise<void> {
    const lists = connections.map((connection) => drop(ofConnection(connection), flow));
    await Promise.all([drop(ofFlow(flow), ...connections), ...lists]);
  }

  return {
    async add({ connection, flow, until }) {
      if (!(await putFlow(connection, flow, until))) return { kind: "full" };
      const replaced = await putConnection(flow, connection, until);
      if (replaced === undefined) return { kind: "added" };
      await drop(ofConnection(replaced), flow);
      return { kind: "added", replaced };
    },
    remove,
    subscribers: async (flow) => [...(await read(ofFlow(flow))).keys()],
    flows: async (connection) => [...(await read(ofConnection(connection))).keys()],
    async forget(connection) {
      const flows = await read(ofConnection(connection));
      await Promise.all([...flows.keys()].map((flow) => remove(flow, [connection])));
    },
  };
}

/** Of two that were made at the same moment, the one that subscribed first. */
function oldest(entries: ReadonlyMap<string, number>): string | undefined {
  const [first] = [...entries].sort(([, a], [, b]) => a - b);
  return first?.[0];
}

const ofFlow = (flow: string) => `subscribers/${flow}`;
const ofConnection = (connection: string) => `connection/${connection}`;

function rosterWritten(
  id: string,
  seen: Roster | undefined,
  entries: ReadonlyMap<string, number>,
  now: number,
) {
  const last = Math.max(now, ...entries.values());
  return {
    id,
    when: seen ? among(["revision"], seen.revision) : missing(["revision"]),
    set: [
      { path: ["entries"], to: [...entries].map(([name, until]) => `${name} ${until}`) },
      { path: ["revision"], to: (seen?.revision ?? 0) + 1 },
      { path: ["expires"], to: Math.ceil(last / 1000) + marginSeconds },
    ],
  } as const;
}
