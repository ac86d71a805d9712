import { domainOf, isMailAddress } from "./mail-address.ts";
import type { MailAddress } from "./mailer.ts";

/**
 * The sender as it is configured: `Name <local@domain>`, or the address alone, whose domain then serves as the name.
 * Throws an Error in the form `<path>: <rule>, got <value>`.
 */
export function parseSender(text: string): MailAddress {
  const [, quoted = "", bracketed] = /^\s*"?([^<>"]*?)"?\s*<([^<>]+)>\s*$/.exec(text) ?? [];
  const address = bracketed ?? text.trim();
  if (!isMailAddress(address)) {
    throw new Error(`from: an address or Name <address>, got ${JSON.stringify(text)}`);
  }
  return { name: quoted.trim() || domainOf(address), address };
}
