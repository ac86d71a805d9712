import { setTimeout as pause } from "node:timers/promises";

/** What the probe answers as soon as that isn't undefined; asked again after `pollMs`, default 25, until the test's own time is up. */
export async function eventually<Value>(
  probe: () => Promise<Value | undefined>,
  { pollMs = 25 }: { readonly pollMs?: number } = {},
): Promise<Value> {
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    await pause(pollMs);
  }
}
