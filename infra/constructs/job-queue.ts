import type { IKey } from "aws-cdk-lib/aws-kms";
import { Queue, QueueEncryption, type QueueProps } from "aws-cdk-lib/aws-sqs";
import { Duration } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import {
  type JobDefinition,
  type QueueSettings,
  queueSettings,
  standardProfile,
} from "../../shared/index.ts";

export interface JobQueueProps
  extends Omit<
    QueueProps,
    "deadLetterQueue" | "visibilityTimeout" | "retentionPeriod" | "fifo" | "encryptionMasterKey"
  > {
  /** A job's definition, or what of it decides about its queue. */
  readonly job: Pick<JobDefinition, "timeoutSeconds" | "workers">;
  /** Default SQS's own key. */
  readonly encryptionKey?: IKey;
}

/** A job's queue and its dead-letter queue, encrypted and for TLS only; every duration follows from the job. */
export class JobQueue extends Construct {
  readonly settings: QueueSettings;
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { job, encryptionKey, ...props }: JobQueueProps) {
    super(scope, id);
    this.settings = queueSettings(job, standardProfile);
    const common: QueueProps = {
      enforceSSL: true,
      ...(encryptionKey
        ? { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey }
        : { encryption: QueueEncryption.SQS_MANAGED }),
      ...props,
    };
    this.deadLetters = new Queue(this, "DeadLetters", {
      ...common,
      retentionPeriod: Duration.seconds(this.settings.deadLetterRetentionSeconds),
    });
    this.queue = new Queue(this, "Queue", {
      ...common,
      visibilityTimeout: Duration.seconds(this.settings.visibilityTimeoutSeconds),
      retentionPeriod: Duration.seconds(this.settings.retentionSeconds),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: this.settings.maxReceiveCount },
    });
  }
}
