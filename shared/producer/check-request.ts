import { InvalidInputError } from "../catalog/violation.ts";
import { type NotifyOption, parseNotify, parseWebhookUrl } from "../notification/notify-option.ts";

/** What a request to start a flow may hold, beside an input that fits the flow's schema. Each throws InvalidInputError. */

/** A circular input or a BigInt has no JSON, and JSON is all that travels. */
export function checkJson(input: unknown): void {
  try {
    JSON.stringify(input);
  } catch (error) {
    const got = error instanceof Error ? error.message.split("\n")[0] : "something else";
    throw new InvalidInputError([
      { path: "input", rule: "what JSON can hold", got: got ?? "something else" },
    ]);
  }
}

/** The webhook's URL; undefined where nobody is to be told. `localWebhooks`, default false: one on this machine is fine too. */
export function checkedNotify(
  notify: NotifyOption | undefined,
  { localWebhooks = false }: { readonly localWebhooks?: boolean },
): string | undefined {
  if (notify === undefined) return undefined;
  const { webhook } = parseNotify(notify);
  return parseWebhookUrl(webhook, "notify.webhook", { loopback: localWebhooks }).href;
}

/** The key as it came; undefined where there is none. */
export function checkedKey(key: string | undefined): string | undefined {
  if (key === undefined || (key.length >= 16 && key.length <= 255)) return key;
  throw new InvalidInputError([
    { path: "idempotencyKey", rule: "16 to 255 characters", got: `${key.length} characters` },
  ]);
}
