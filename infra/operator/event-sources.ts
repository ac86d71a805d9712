import { setTimeout as wait } from "node:timers/promises";
import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  ResourceInUseException,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { sqsClient } from "../../shared/aws/index.ts";
import { OperatorError } from "./operator-error.ts";

/** The event source mappings of a deployed service: what makes Lambda poll a queue. */
export interface EventSources {
  /**
   * Switches a queue's on or off. It takes Lambda up to a minute, in which it refuses to be asked again: that is waited for.
   * @throws OperatorError where nothing polls the queue.
   */
  set(queue: string, enabled: boolean): Promise<void>;
}

/** How often a mapping that is on its way is asked again, and for how long. */
const patience = { everyMilliseconds: 2000, times: 60 };

/** By the URLs of the queues. */
export function createEventSources(
  urls: Readonly<Record<string, string>>,
  { everyMilliseconds, times } = patience,
): EventSources {
  const [sqs, lambda] = [sqsClient(), new LambdaClient()];
  return {
    async set(queue, Enabled) {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: urls[queue], AttributeNames: ["QueueArn"] }),
      );
      const { EventSourceMappings = [] } = await lambda.send(
        new ListEventSourceMappingsCommand({ EventSourceArn: Attributes?.QueueArn }),
      );
      if (EventSourceMappings.length === 0) {
        throw new OperatorError(`${queue}: a queue that a function is fed from, got none`);
      }
      for (const { UUID } of EventSourceMappings) {
        await update(UUID, Enabled);
      }
    },
  };

  /** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html: refused while an update is under way. */
  async function update(UUID: string | undefined, Enabled: boolean): Promise<void> {
    for (let left = times; ; left--) {
      try {
        await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
        return;
      } catch (error) {
        if (!(error instanceof ResourceInUseException) || left === 0) throw error;
        await wait(everyMilliseconds);
      }
    }
  }
}
