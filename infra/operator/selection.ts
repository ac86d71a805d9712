import { describe, formatViolation, type Letter, summaryOf } from "../../shared/index.ts";
import type { Service } from "./open-service.ts";
import { UsageError } from "./operator-error.ts";
import type { Selection } from "./options.ts";

/**
 * The queues whose letters are meant.
 * @throws UsageError where the service has none of that name.
 */
export function selectedQueues(
  { queues }: Pick<Service, "queues">,
  { queue }: Pick<Selection, "queue">,
): readonly string[] {
  if (queue === undefined) return queues;
  if (queues.includes(queue)) return [queue];
  throw new UsageError(
    formatViolation({ path: "--job", rule: `one of ${queues.join(", ")}`, got: describe(queue) }),
  );
}

/** Whether the letter is one of those that are meant. */
export function isSelected(letter: Letter, { jobs, error }: Selection): boolean {
  const summary = summaryOf(letter);
  if (jobs.length > 0 && !jobs.includes(summary.job ?? "")) return false;
  return error === undefined || (summary.error ?? "").includes(error);
}
