import type { Clock } from "../clock/clock.ts";
import type { Table } from "../ledger/table.ts";
import { createRosters, type Entries, type Roster, type Rosters } from "./rosters.ts";

/** Who follows what: a connection, a flow, and until when (ms since 1970). */
export interface Subscription {
  readonly connection: string;
  readonly flow: string;
  readonly until: number;
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

/** All that fit on a list may meet there, to come and to go. */
const mostTries = 2 * mostSubscribers;

export function createSubscriptions(ports: {
  readonly table: Table<Roster>;
  readonly clock: Clock;
}): Subscriptions {
  const rosters = createRosters({ ...ports, mostTries });
  const flowsOf = async (connection: string) => [...(await rosters.read(ofConnection(connection))).keys()];

  async function remove(flow: string, connections: readonly string[]): Promise<void> {
    const lists = connections.map((connection) => drop(rosters, ofConnection(connection), [flow]));
    await Promise.all([drop(rosters, ofFlow(flow), connections), ...lists]);
  }

  return {
    async add(subscription) {
      if (!(await putFlow(rosters, subscription))) return { kind: "full" };
      const replaced = await putConnection(rosters, subscription);
      if (replaced === undefined) return { kind: "added" };
      await drop(rosters, ofConnection(replaced), [subscription.flow]);
      return { kind: "added", replaced };
    },
    remove,
    subscribers: async (flow) => [...(await rosters.read(ofFlow(flow))).keys()],
    flows: flowsOf,
    async forget(connection) {
      await Promise.all((await flowsOf(connection)).map((flow) => remove(flow, [connection])));
    },
  };
}

/** False where the flow is one too many for its connection. */
function putFlow({ change }: Rosters, { connection, flow, until }: Subscription): Promise<boolean> {
  return change(ofConnection(connection), (entries) =>
    entries.size < mostSubscriptions || entries.has(flow) ? new Map(entries).set(flow, until) : undefined,
  );
}

/** Answers the connection that made room, if one had to. */
async function putConnection(
  { change }: Rosters,
  { connection, flow, until }: Subscription,
): Promise<string | undefined> {
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
async function drop({ change }: Rosters, id: string, names: readonly string[]): Promise<void> {
  await change(id, (entries) => {
    const left = [...entries].filter(([name]) => !names.includes(name));
    return left.length < entries.size ? new Map(left) : undefined;
  });
}

/** Of two that were made at the same moment, the one that subscribed first. */
function oldest(entries: Entries): string | undefined {
  const [first] = [...entries].sort(([, a], [, b]) => a - b);
  return first?.[0];
}

const ofFlow = (flow: string) => `subscribers/${flow}`;
const ofConnection = (connection: string) => `connection/${connection}`;
