import { createHmac } from "node:crypto";

/** https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html: "labeling" of its addresses. */
const sesSimulator = "simulator.amazonses.com";

/**
 * The mailbox that mail to an address most likely ends in, for counting: what stands behind a plus is a note to oneself
 * wherever it is allowed at all (RFC 5233), and Gmail reads no dots. So nobody gets a hundred mails at `zoe+1@`, `zoe+2@` and
 * on. Where a provider really gives two people such addresses, one of them goes without a mail that day. At SES's simulator, which delivers to
 * nobody, each label is a mailbox of its own: that is what labels are for there. Never an address to send to.
 */
export function mailboxOf(address: string): string {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1).toLowerCase();
  if (domain === sesSimulator) return address.toLowerCase();
  const plain = address
    .slice(0, at)
    .toLowerCase()
    .replace(/(?<=.)\+.*$/, "");
  if (domain === "gmail.com" || domain === "googlemail.com") return `${plain.replaceAll(".", "")}@gmail.com`;
  return `${plain}@${domain}`;
}

/**
 * What stands for a mailbox where people are counted: 128 bits of a keyed hash. Without the key nobody who reads the table
 * can try addresses on it, and nothing of the address is in it.
 */
export function mailboxHash(address: string, key: string): string {
  return createHmac("sha256", key).update(mailboxOf(address)).digest().subarray(0, 16).toString("base64url");
}
