import { type DeliveryItem, isFinal, type Line, originLine } from "./records.ts";

/** How far the notification of a flow's end has come, for whoever may see the flow. Times are ISO 8601, UTC. */
export interface DeliveryView {
  /** The receiver's scheme, host and port: its path may be as good as a password. */
  readonly origin: string;
  /** `waiting` also while the flow runs. */
  readonly state: "waiting" | "delivered" | "failed";
  readonly attempts: number;
  readonly lastAttemptAt?: string;
  /** The HTTP status of the last answer, where there was one. */
  readonly lastStatus?: number;
  /** Absent where it waits for its origin or its endpoint to be back. */
  readonly nextAttemptAt?: string;
  /** Why the last attempt failed, or why there will be none. */
  readonly reason?: string;
}

/** `item` is undefined before the first attempt. */
export function deliveryView(endpoint: Line, item: DeliveryItem | undefined): DeliveryView {
  const origin = originLine(endpoint);
  if (!item) return { origin, state: "waiting", attempts: 0 };
  const { state, attempts, attemptedAt, status, due, held, reason } = item;
  const waits = !isFinal(item);
  const told = reason ?? (waits && held ? "its receiver is down" : undefined);
  return {
    origin,
    state: state === "delivered" || state === "failed" ? state : "waiting",
    attempts,
    ...(attemptedAt === undefined ? {} : { lastAttemptAt: new Date(attemptedAt).toISOString() }),
    ...(status === undefined ? {} : { lastStatus: status }),
    ...(waits && due !== undefined && !held ? { nextAttemptAt: new Date(due).toISOString() } : {}),
    ...(told === undefined ? {} : { reason: told }),
  };
}
