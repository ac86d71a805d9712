/**
 * Whose requests are counted together: an IPv4 address, also as IPv6 writes it, or the /64 of an IPv6 address, which one
 * machine has all to itself and may change within for every request. What is no address is one client, like any other.
 */
export function clientKey(address: string): string {
  if (!address.includes(":")) return address;
  const groups = groupsOf(address.replace(/%.*$/, "").toLowerCase());
  const [mapped, high, low] = [groups.slice(0, 6).join(":"), groups[6] ?? 0, groups[7] ?? 0];
  if (mapped === "0:0:0:0:0:65535") return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":")}::/64`;
}

/** The eight numbers of an IPv6 address (RFC 4291, section 2.2), the last two of them maybe in IPv4's form. */
function groupsOf(address: string): readonly number[] {
  const [head = "", tail] = address.replace(/[\d.]*\.[\d.]*$/, hexOfIpv4).split("::");
  const left = numbersOf(head);
  if (tail === undefined) return left;
  const right = numbersOf(tail);
  return [...left, ...Array<number>(Math.max(0, 8 - left.length - right.length)).fill(0), ...right];
}

function numbersOf(text: string): readonly number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}

function hexOfIpv4(text: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = text.split(".").map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}
