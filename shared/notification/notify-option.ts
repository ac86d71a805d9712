import { describe, InvalidInputError } from "../catalog/violation.ts";

/** Whom a request wants told of its flow's end. */
export interface NotifyOption {
  /** An https URL of at most 500 bytes, without credentials and fragment. */
  readonly webhook: string;
}

/** The ledger's item has it, and each KB of that is billed with every write. */
export const maximumWebhookBytes = 500;

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

/**
 * The webhook's URL as the flow's record keeps it: as the URL standard writes it. `loopback` takes this machine too, also by http.
 * Whether it may be called is found out when it is: a name's addresses change.
 * @throws InvalidInputError
 */
export function webhookUrl({ webhook }: NotifyOption, { loopback }: { readonly loopback: boolean }): string {
  const url = URL.canParse(webhook) ? new URL(webhook) : undefined;
  const isSecure = url?.protocol === "https:" || (loopback && url?.protocol === "http:" && isLoopback(url));
  const isPlain = url?.username === "" && url.password === "" && url.hash === "";
  if (!url || !isSecure || !isPlain)
    return refuse("notify.webhook", "an https URL without credentials and fragment", webhook);
  const bytes = Buffer.byteLength(url.href);
  return bytes <= maximumWebhookBytes
    ? url.href
    : refuse("notify.webhook", `at most ${maximumWebhookBytes} bytes`, webhook);
}

/** By its spelling; the URL standard has written every form of an IPv4 address as four decimal numbers. */
function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function refuse(path: string, rule: string, got: unknown): never {
  throw new InvalidInputError([{ path, rule, got: describe(got) }]);
}
