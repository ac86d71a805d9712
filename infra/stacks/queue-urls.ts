import { deadLetterQueue, dispatchQueue, notifyQueue, webhookQueue } from "../../shared/index.ts";
import type { JobQueue } from "../constructs/job-queue.ts";
import type { WorkersStack } from "./workers-stack.ts";

/** A queue's URL and its dead-letter queue's, by their names in the catalog. */
export function urlsOf(name: string, { queue, deadLetters }: JobQueue): Record<string, string> {
  return { [name]: queue.queueUrl, [deadLetterQueue(name)]: deadLetters.queueUrl };
}

/**
 * What the dispatcher sends to, in half the bytes: names stand for URLs beside the first, and a job's queue tells its dead-letter
 * queue.
 */
export function namesOf(
  { dispatch, notify, webhook }: Pick<WorkersStack, "dispatch" | "notify" | "webhook">,
  jobs: ReadonlyMap<string, JobQueue>,
): Record<string, string> {
  const names = [...jobs].map(([name, { queue }]) => [name, queue.queueName]);
  return {
    [dispatchQueue]: dispatch.queue.queueUrl,
    [deadLetterQueue(dispatchQueue)]: dispatch.deadLetters.queueName,
    [notifyQueue]: notify.queue.queueName,
    [webhookQueue]: webhook.queue.queueName,
    ...Object.fromEntries(names),
  };
}
