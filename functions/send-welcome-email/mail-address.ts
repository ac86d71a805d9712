/** About what HTML's `<input type=email>` takes: ASCII, no quotes, no comments, so nothing that can be parsed two ways. */
const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/;

/** Whether it is a `local@domain` that SMTP can carry (RFC 5321, 4.5.3.1.3: 254 characters). */
export function isMailAddress(text: string): boolean {
  return text.length <= 254 && ADDRESS.test(text);
}

/** What stands behind the `@` of a `local@domain`. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
}
