import type { Clock } from "../clock/clock.ts";
import { errorText } from "../flow/flow-record.ts";
import { all, among, any, below, exists, missing, type Table, type Update } from "../ledger/table.ts";
import { type Breaker, breakerId } from "./breaker.ts";

/** The breakers of a service, shared by all its workers. Throws only what the table throws. */
export interface Breakers {
  /** Those of the names that are open or paused, or ever were. Consistent. */
  read(names: readonly string[]): Promise<readonly Breaker[]>;
  /** Opens a breaker, unless it is open; the answer is the breaker as it stands. `reason` is an adapter's, without personal data. */
  open(name: string, reason: string): Promise<Breaker>;
  /**
   * Elects one of all workers to try whether the service is back, where nobody has for `probeSeconds`; undefined for
   * all others. An answer that is lost on the way loses that one try.
   */
  elect(seen: Breaker, probeSeconds: number): Promise<Breaker | undefined>;
  /** Ends the outage that was seen; one that has begun since stays, and so does a pause. The answer is the breaker as it stands. */
  close(seen: Breaker): Promise<Breaker>;
  /** Pauses by an operator's hand, until `resume`. */
  pause(name: string): Promise<Breaker>;
  /** Undefined where there has never been anything to resume. An outage that is still there stays. */
  resume(name: string): Promise<Breaker | undefined>;
}

export function createBreakers({
  table,
  clock,
}: {
  readonly table: Table<Breaker>;
  readonly clock: Clock;
}): Breakers {
  async function set(name: string, field: "since" | "pausedAt", reason?: string): Promise<Breaker> {
    const now = clock.now();
    const { record } = await table.update(begun(name, field, now, reason));
    // Refused and yet gone can't be: breakers are never deleted.
    return record ?? { id: breakerId(name), [field]: now };
  }

  return {
    async read(names) {
      const found = await table.get([...new Set(names)].map(breakerId));
      return [...found.values()];
    },
    open: (name, reason) => set(name, "since", reason),
    async elect(seen, probeSeconds) {
      const { applied, record } = await table.update(elected(seen, clock.now(), probeSeconds));
      return applied ? record : undefined;
    },
    async close(seen) {
      const { record } = await table.update(closed(seen, clock.now()));
      return record ?? { id: seen.id };
    },
    pause: (name) => set(name, "pausedAt"),
    resume: async (name) => (await table.update(resumed(name, clock.now()))).record,
  };
}

/** An outage or a pause, where there is none of its kind. */
function begun(name: string, field: "since" | "pausedAt", now: number, reason: string | undefined): Update {
  return {
    id: breakerId(name),
    when: missing([field]),
    set: [
      { path: [field], to: now },
      // Whoever found the outage has tried.
      ...(field === "since" ? [{ path: ["probedAt"], to: now } as const] : []),
      ...(reason === undefined ? [] : [{ path: ["reason"], to: errorText(reason) } as const]),
    ],
  };
}

function elected({ id, since = 0 }: Breaker, now: number, probeSeconds: number): Update {
  return {
    id,
    when: all(
      among(["since"], since),
      missing(["pausedAt"]),
      any(missing(["probedAt"]), below(["probedAt"], now - probeSeconds * 1000 + 1)),
    ),
    set: [{ path: ["probedAt"], to: now }],
  };
}

function closed({ id, since = 0 }: Breaker, now: number): Update {
  return {
    id,
    when: among(["since"], since),
    set: [{ path: ["closedAt"], to: now }],
    remove: [["since"], ["reason"], ["probedAt"]],
  };
}

function resumed(name: string, now: number): Update {
  return {
    id: breakerId(name),
    when: exists(["pausedAt"]),
    set: [{ path: ["closedAt"], to: now }],
    remove: [["pausedAt"]],
  };
}
