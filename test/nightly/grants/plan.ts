import type { Grant, Holding } from "./grant.ts";
import type { Round } from "./rounds.ts";

/** A grant with the round that shows that it is needed, and whose is taken for that; or the reason why none can. */
export type Planned =
  | { readonly grant: Grant; readonly round: Round; readonly holding: Holding }
  | { readonly grant: Grant; readonly reason: string };

/**
 * What becomes of each grant.
 * @throws Error in the form `<path>: <rule>, got <value>` where a grant has no line, or a line no grant.
 */
export function planOf(
  grants: readonly Grant[],
  rounds: Readonly<Record<string, Round>>,
  cannotShow: Readonly<Record<string, string>>,
): readonly Planned[] {
  const known = new Set(grants.flatMap(({ name, what }) => [name, what]));
  for (const [table, lines] of Object.entries({ rounds, cannotShow })) {
    const stale = Object.keys(lines).filter((line) => !known.has(line));
    if (stale.length > 0) throw new Error(`${table}: grants that there are, got ${stale.join("; ")}`);
  }
  return grants.map((grant) => {
    const { name, what, holdings } = grant;
    const [round, reason] = [rounds[name], cannotShow[name] ?? cannotShow[what]];
    if (round === undefined && reason !== undefined) return { grant, reason };
    if (round === undefined || reason !== undefined) {
      throw new Error(`${name}: a line in one of rounds and cannotShow, got ${reason ? "both" : "none"}`);
    }
    const [holding, ...others] = holdings.filter(({ owner }) => owner === (round.of ?? owner));
    if (holding && others.length === 0) return { grant, round, holding };
    const owners = holdings.map(({ owner }) => owner);
    throw new Error(`${name}.of: one of ${owners.join(", ")}, got ${round.of ?? "nothing"}`);
  });
}
