import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { sqsClient } from "../../shared/aws/index.ts";
import { OperatorError } from "./operator-error.ts";

/** The event source mappings of a deployed service: what makes Lambda poll a queue. */
export interface EventSources {
  /**
   * Switches a queue's on or off. It takes Lambda up to a minute.
   * @throws OperatorError where nothing polls the queue.
   */
  set(queue: string, enabled: boolean): Promise<void>;
}

/** By the URLs of the queues. */
export function createEventSources(urls: Readonly<Record<string, string>>): EventSources {
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
        await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
      }
    },
  };
}
