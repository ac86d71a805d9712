import { Resolver } from "node:dns/promises";
import { isHere, literalOf, type OutboundRules } from "./outbound-url.ts";
import { isLoopback } from "./refused-addresses.ts";

export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

/** All addresses of a name. Throws an error with a `code` where there is none. */
export type Resolve = (name: string) => Promise<readonly Address[]>;

export interface CheckedBy {
  readonly resolve: Resolve;
  /** Why an address may not be reached; undefined where it may. */
  readonly refused: (address: string) => string | undefined;
}

/** Raised where a request may not go. */
export class RefusedAddressError extends Error {
  override readonly name = "RefusedAddressError";
  /** The range of the address, for the log alone: whoever named the URL could ask by it what names of the inside resolve to. */
  readonly range: string | undefined;

  constructor(message: string, range?: string) {
    super(message);
    this.range = range;
  }
}

/**
 * Asks the DNS and nothing else: neither /etc/hosts nor a search domain, which know names of the inside. Not `dns.lookup`, whose four
 * threads a name server that never answers would keep from everybody else. IPv4 first: not every network has both. Asks the system's
 * name servers unless others are given, as `address:port`.
 */
export async function dnsResolve(name: string, servers?: readonly string[]): Promise<readonly Address[]> {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  if (servers) resolver.setServers(servers);
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const found = [
    ...(four.status === "fulfilled" ? four.value.map((address) => ({ address, family: 4 as const })) : []),
    ...(six.status === "fulfilled" ? six.value.map((address) => ({ address, family: 6 as const })) : []),
  ];
  if (found.length === 0 && four.status === "rejected") throw four.reason;
  return found;
}

/**
 * The addresses of a URL's host, each of them checked: one that may not be reached refuses all, since it says that the name's owner
 * means no good, or means the inside.
 * @throws RefusedAddressError, and what `resolve` throws
 */
export async function checkedAddresses(
  url: URL,
  { resolve, refused, loopback = false }: OutboundRules & CheckedBy,
): Promise<readonly Address[]> {
  const literal = literalOf(url);
  const here = loopback && isHere(url);
  const found =
    literal !== undefined
      ? [{ address: literal, family: literal.includes(":") ? 6 : 4 } as const]
      : here
        ? localAddresses
        : await resolve(url.hostname);
  if (found.length === 0) throw new RefusedAddressError("its name has no address");
  for (const { address } of found) {
    const range = here && isLoopback(address) ? undefined : refused(address);
    if (range !== undefined) throw new RefusedAddressError("an address that is not public", range);
  }
  return found;
}

const localAddresses: readonly Address[] = [
  { address: "127.0.0.1", family: 4 },
  { address: "::1", family: 6 },
];
