import { isIP } from "node:net";
import { describe, InvalidInputError } from "../catalog/violation.ts";
import { isLoopback, refusedRange } from "./refused-addresses.ts";

/** Where requests that a caller asked for may go. */
export interface OutboundRules {
  /** Takes `localhost` and loopback addresses too, by http and https, at any port. Default false. */
  readonly loopback?: boolean;
  /**
   * Default 443, and 8443, which is where https is where 443 is taken or needs a privilege. No others, so that a caller can't use
   * the service to look which ports are open, or to talk to what isn't https.
   */
  readonly ports?: readonly number[];
}

const httpsPorts = [443, 8443];

/**
 * A URL that requests may go to, as the URL standard writes it: names in lower case and Punycode, every spelling of an IPv4 address
 * as four decimal numbers. Whether a name's addresses may be reached is found out when it is resolved.
 * @throws InvalidInputError: `<path>: <rule>, got <value>`
 */
export function parseOutboundUrl(
  text: string,
  path: string,
  { loopback = false, ports = httpsPorts }: OutboundRules = {},
): URL {
  const refuse = (rule: string): never => {
    throw new InvalidInputError([{ path, rule, got: describe(text) }]);
  };
  const url = URL.canParse(text) ? new URL(text) : refuse("an https URL");
  if (url.username !== "" || url.password !== "") refuse("a URL without user and password");
  if (text.includes("#")) refuse("a URL without a fragment");
  // The same name with and without the final dot is one endpoint, and certificates have none.
  url.hostname = url.hostname.replace(/\.$/, "");
  if (loopback && isHere(url)) return url;
  if (url.protocol !== "https:") refuse("an https URL");
  if (!ports.includes(Number(url.port || 443))) refuse(`port ${ports.join(" or ")}`);
  const address = literalOf(url);
  if (address !== undefined) {
    const range = refusedRange(address);
    if (range !== undefined) refuse(`a public address, not ${range}`);
  } else if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(url.hostname)) {
    // A name without a dot is one of the network that resolves it.
    refuse("a whole domain name");
  }
  return url;
}

/** The address that stands in the place of a name; undefined where a name does. */
export function literalOf({ hostname }: URL): string | undefined {
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  return isIP(address) === 0 ? undefined : address;
}

/** Whether a URL names this machine as the option of the embedded run takes it: a public name that resolves to it does not. */
export function isHere(url: URL): boolean {
  if (url.protocol !== "https:" && url.protocol !== "http:") return false;
  const address = literalOf(url);
  return address === undefined ? url.hostname === "localhost" : isLoopback(address);
}
