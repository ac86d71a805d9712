import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { deadLetterQueue, type QueueName } from "./queue.ts";

/**
 * Finds a queue's URL by its name: one that is given, or that of a dead-letter queue by its queue, whose redrive policy names it.
 * For a function that writes few letters to many queues: it asks once for each, and its 4 KB of variables hold twice as many.
 */
export function createSqsUrls(
  client: SQSClient,
  urls: Readonly<Record<QueueName, string>>,
): (queue: QueueName) => Promise<string> {
  const told = new Map<QueueName, string>();

  return async (queue) => {
    const known = Object.hasOwn(urls, queue) ? urls[queue] : told.get(queue);
    if (known) return known;
    const [, url] = Object.entries(urls).find(([name]) => deadLetterQueue(name) === queue) ?? [];
    if (!url) throw new Error(`queue: one of ${Object.keys(urls).join(", ")}, got ${queue}`);
    const letters = await deadLettersOf(client, url);
    told.set(queue, letters);
    return letters;
  };
}

/** In the same account and region as its queue, as SQS demands: its URL differs by the name alone. */
async function deadLettersOf(client: SQSClient, url: string): Promise<string> {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["RedrivePolicy"] }),
  );
  const [, name] = /"deadLetterTargetArn"\s*:\s*"[^"]*:([^":]+)"/.exec(Attributes?.RedrivePolicy ?? "") ?? [];
  if (name) return new URL(name, url).href;
  throw new Error(`queue: one with a dead-letter queue, got ${url}`);
}
