import type { IKey } from "aws-cdk-lib/aws-kms";
import { Queue, QueueEncryption, type QueueProps } from "aws-cdk-lib/aws-sqs";
import { Duration, Validations } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import { type QueueLimits, type QueueSettings, queueSettings, standardProfile } from "../../shared/index.ts";

export interface JobQueueProps
  extends Omit<
    QueueProps,
    "deadLetterQueue" | "visibilityTimeout" | "retentionPeriod" | "fifo" | "encryptionMasterKey"
  > {
  /** A job's definition, or what of it decides about its queue. */
  readonly job: QueueLimits;
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
    const { maxReceiveCount } = this.settings;
    this.deadLetters = new Queue(this, "DeadLetters", {
      ...common,
      retentionPeriod: Duration.seconds(this.settings.deadLetterRetentionSeconds),
    });
    this.queue = new Queue(this, "Queue", {
      ...common,
      visibilityTimeout: Duration.seconds(this.settings.visibilityTimeoutSeconds),
      retentionPeriod: Duration.seconds(this.settings.retentionSeconds),
      ...(maxReceiveCount === undefined
        ? {}
        : { deadLetterQueue: { queue: this.deadLetters, maxReceiveCount } }),
    });
    if (maxReceiveCount === undefined) explainNoBackstop(this);
  }
}

/** cdk-nag takes both for queues without a dead-letter queue: it looks at redrive policies alone. */
function explainNoBackstop({ queue, deadLetters }: JobQueue): void {
  const id = "AwsSolutions-SQS3";
  Validations.of(queue).acknowledge({
    id,
    reason:
      "Its function alone sets messages aside, with the reason: no count of receives may take the only message of a flow, or of what is parked.",
  });
  Validations.of(deadLetters).acknowledge({
    id,
    reason: "It holds dead letters itself, and nothing reads them but people.",
  });
}
