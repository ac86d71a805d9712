import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { EventSourceMapping } from "aws-cdk-lib/aws-lambda";
import { Duration } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import type { JobQueue } from "./job-queue.ts";
import { NodeFunction, type NodeFunctionProps } from "./node-function.ts";

export interface JobWorkerProps extends Omit<NodeFunctionProps, "timeout" | "reservedConcurrentExecutions"> {
  readonly queue: JobQueue;
}

/**
 * The function that works a job's queue, and the event source between them: partial batch responses, and as many copies
 * at the same time as the job has workers. By maximum concurrency, never by reserved: a throttled receive would count.
 */
export class JobWorker extends Construct {
  readonly function: NodeFunction;

  constructor(
    scope: Construct,
    id: string,
    { queue: { queue, deadLetters, settings }, ...props }: JobWorkerProps,
  ) {
    super(scope, id);
    this.function = new NodeFunction(this, "Function", {
      ...props,
      timeout: Duration.seconds(settings.functionTimeoutSeconds),
    });
    this.function.addToRolePolicy(
      new PolicyStatement({
        actions: ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "ChangeMessageVisibility"].map(
          (action) => `sqs:${action}`,
        ),
        resources: [queue.queueArn],
      }),
    );
    this.function.addToRolePolicy(
      new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [deadLetters.queueArn] }),
    );
    new EventSourceMapping(this, "EventSource", {
      target: this.function,
      eventSourceArn: queue.queueArn,
      batchSize: settings.batchSize,
      maxBatchingWindow: Duration.seconds(settings.batchingWindowSeconds),
      maxConcurrency: settings.maximumConcurrency,
      // Off by default: without it a normal answer deletes the whole batch, the messages that failed included.
      reportBatchItemFailures: true,
    });
  }
}
