import { describe, InvalidInputError } from "../catalog/violation.ts";
import { parseOutboundUrl } from "../outbound/outbound-url.ts";

/** Whom a request wants told of its flow's end. */
export interface NotifyOption {
  /** An https URL at port 443 or 8443, of at most 500 bytes, without credentials and fragment, of a public host. */
  readonly webhook: string;
}

/**
 * Reads the option from outside.
 * @throws InvalidInputError where it isn't an object with a text `webhook` and nothing else.
 */
export function parseNotify(value: unknown): NotifyOption {
  const rule = "an object with webhook";
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return refuse("notify", rule, value);
  for (const name of Object.keys(value)) {
    if (name !== "webhook")
      return refuse(`notify.${name}`, "no such field (there is webhook)", value[name as never]);
  }
  const { webhook } = value as { readonly webhook?: unknown };
  if (webhook === undefined) return refuse("notify.webhook", "a field that must be there", webhook);
  return typeof webhook === "string" ? { webhook } : refuse("notify.webhook", "a text", webhook);
}

/** The flow's item keeps it, and each kilobyte of that is billed with every write. */
export const maximumUrlBytes = 500;

/**
 * A webhook's URL, whoever names it, as the flow's record keeps it: as the URL standard writes it. `loopback` takes this machine too, also by
 * http. Whether it may be called is found out when it is: a name's addresses change.
 * @throws InvalidInputError: `<path>: <rule>, got <value>`
 */
export function parseWebhookUrl(
  text: string,
  path: string,
  rules: { readonly loopback: boolean } = { loopback: false },
): URL {
  const url = parseOutboundUrl(text, path, rules);
  return Buffer.byteLength(url.href) > maximumUrlBytes
    ? refuse(path, `at most ${maximumUrlBytes} bytes`, text)
    : url;
}

/** A function's variables are 4 KB at the most, of which five URLs of 500 bytes leave a third. */
const mostDefaults = 5;

/**
 * The operator's endpoints, as URLs are kept, each once.
 * @throws InvalidInputError: `<path>: <rule>, got <value>`
 */
export function parseDefaultWebhooks(
  path: string,
  texts: readonly string[],
  rules: { readonly loopback: boolean } = { loopback: false },
): readonly string[] {
  const urls = [...new Set(texts.map((text) => parseWebhookUrl(text, path, rules).href))];
  return urls.length > mostDefaults ? refuse(path, `${mostDefaults} URLs at the most`, urls.length) : urls;
}

function refuse(path: string, rule: string, got: unknown): never {
  throw new InvalidInputError([{ path, rule, got: describe(got) }]);
}
