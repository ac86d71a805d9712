import { longestHideSeconds } from "../catalog/queue-settings.ts";

/** What is to become of a message: acknowledged, hidden for so many whole seconds, or set aside for the reason. */
export type Next =
  | { readonly kind: "done" }
  | { readonly kind: "hide"; readonly seconds: number }
  | { readonly kind: "letter"; readonly reason: string };

export const done: Next = { kind: "done" };

/** Hides the message, for as long as a queue can: whoever receives it then looks again. */
export function hideFor(seconds: number): Next {
  return { kind: "hide", seconds: Math.min(longestHideSeconds, Math.max(0, Math.ceil(seconds))) };
}
