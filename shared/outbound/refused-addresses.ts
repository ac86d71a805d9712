import { BlockList, isIP } from "node:net";

const families = { 4: "ipv4", 6: "ipv6" } as const;

/**
 * What no request may reach, by name: IANA's special-purpose registries, and what clouds keep for themselves.
 * https://www.iana.org/assignments/iana-ipv4-special-registry and
 * iana-ipv6-special-registry
 */
const refusedRanges: Readonly<Record<string, readonly string[]>> = {
  "this network": ["0.0.0.0/8"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
  // 100.100.100.200 is the metadata service of one cloud.
  "carrier-grade NAT": ["100.64.0.0/10"],
  loopback: ["127.0.0.0/8", "::1/128"],
  // 169.254.169.254, .170.2 and .170.23: metadata and credentials, of instances, tasks and pods.
  "link-local": ["169.254.0.0/16", "fe80::/10"],
  Teredo: ["2001::/32"],
  "protocol assignments": ["192.0.0.0/24", "2001::/23"],
  documentation: ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"],
  "AS112 and AMT": ["192.31.196.0/24", "192.52.193.0/24", "192.175.48.0/24", "2620:4f:8000::/48"],
  "6to4": ["192.88.99.0/24", "2002::/16"],
  benchmarking: ["198.18.0.0/15"],
  // The host's own services for its machines, by an address that is otherwise public.
  "cloud platform": ["168.63.129.16/32"],
  multicast: ["224.0.0.0/4", "ff00::/8"],
  reserved: ["240.0.0.0/4"],
  "IPv4 in IPv6": ["::/96", "::ffff:0:0/96", "::ffff:0:0:0/96"],
  NAT64: ["64:ff9b::/96", "64:ff9b:1::/48"],
  // fd00:ec2::254 and ::23 among them: AWS's metadata and credentials.
  "unique local": ["fc00::/7"],
};

/** Of IPv6, all that was ever given out is here; what isn't was made for something else, or will be. */
const globalUnicast = blockList(["2000::/3"]);

/** Each family has lists of its own: a list finds an IPv4 address in a range of those that are mapped into IPv6 too. */
const named = Object.entries(refusedRanges).flatMap(([name, ranges]) =>
  ([4, 6] as const).map((version) => {
    const list = blockList(ranges.filter((range) => versionOf(range) === version));
    return { name, version, list };
  }),
);

/**
 * Why nothing may be sent to this address, as the name of its range; undefined where it is a public one. Only an address as DNS and the
 * URL standard write it can be public: four decimal numbers, or IPv6 without a zone.
 */
export function refusedRange(address: string): string | undefined {
  const version = isIP(address);
  if ((version !== 4 && version !== 6) || address.includes("%")) return "no plain address";
  const family = families[version];
  const found = named.find((range) => range.version === version && range.list.check(address, family));
  if (found) return found.name;
  return version === 6 && !globalUnicast.check(address, family) ? "not given out" : undefined;
}

const loopback = { 4: blockList(["127.0.0.0/8"]), 6: blockList(["::1/128"]) };

/** Whether it is this machine's own, and never on a wire. */
export function isLoopback(address: string): boolean {
  const version = isIP(address);
  return (version === 4 || version === 6) && loopback[version].check(address, families[version]);
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", bits] = range.split("/");
    list.addSubnet(network, Number(bits), families[versionOf(range)]);
  }
  return list;
}

function versionOf(range: string): 4 | 6 {
  return range.includes(":") ? 6 : 4;
}
