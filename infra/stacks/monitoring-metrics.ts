import { type IMetric, Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Duration } from "aws-cdk-lib/core";
import {
  type JobMetric,
  jobDimension,
  metricNamespace,
  type ServiceMetric,
  serviceDimension,
  standardProfile,
} from "../../shared/index.ts";
import type { QueueWorker } from "./workers-stack.ts";

/** What a metric's period is unless said otherwise. SQS, Lambda and API Gateway tell theirs by the minute, free of charge. */
const period = Duration.minutes(5);

/**
 * What is given back is seen again with its next try, by the engine's own waits after an hour at the latest. A shorter
 * period would call it over in between, and once more with each try.
 */
const returnedPeriod = Duration.seconds(standardProfile.hold.mostSeconds);

export type WorkerMetrics = ReturnType<typeof workerMetrics>;

/** Of one queue and the function behind it. The last four are the engine's own, from the lines of its batches. */
export function workerMetrics(service: string, { name, queue, function: worker }: QueueWorker) {
  const { queue: messages, deadLetters } = queue;
  const ofJob = (metric: JobMetric, statistic: "Sum" | "Maximum" = "Sum") =>
    ownMetric(metric, statistic, { [serviceDimension]: service, [jobDimension]: name });
  return {
    ...functionMetrics(worker),
    visible: messages.metricApproximateNumberOfMessagesVisible({ period }),
    inFlight: messages.metricApproximateNumberOfMessagesNotVisible({ period }),
    oldestWaiting: messages.metricApproximateAgeOfOldestMessage({ period }),
    // Not the number sent, which leaves out what SQS's redrive policy moves.
    deadLetters: deadLetters.metricApproximateNumberOfMessagesVisible({ period }),
    oldestReturned: ofJob("OldestSeconds", "Maximum").with({ period: returnedPeriod }),
    succeeded: ofJob("Succeeded"),
    failed: ofJob("Failed"),
    retrying: ofJob("Retrying"),
  } as const;
}

export type FunctionMetrics = ReturnType<typeof functionMetrics>;

export function functionMetrics(lambda: IFunction) {
  return { errors: lambda.metricErrors({ period }), throttles: lambda.metricThrottles({ period }) } as const;
}

export type ServiceMetrics = Readonly<Record<ServiceMetric, IMetric>>;

/** Of all jobs and the dispatcher together. */
export function serviceMetrics(service: string): ServiceMetrics {
  const ofService = (metric: ServiceMetric) => ownMetric(metric, "Sum", { [serviceDimension]: service });
  return {
    FlowsSucceeded: ofService("FlowsSucceeded"),
    FlowsFailed: ofService("FlowsFailed"),
    FlowsOverdue: ofService("FlowsOverdue"),
    MessagesFailed: ofService("MessagesFailed"),
    ServicesDown: ofService("ServicesDown"),
  };
}

export type ReputationMetrics = ReturnType<typeof reputationMetrics>;

/**
 * SES's, of all mail of the account and region: without a dimension, since AWS reviews and pauses accounts. Each is a
 * share, from 0 to 1, and told only when mail is sent.
 */
export function reputationMetrics() {
  const rate = (metricName: string) =>
    new Metric({ namespace: "AWS/SES", metricName, statistic: "Maximum", period });
  return {
    bounceRate: rate("Reputation.BounceRate"),
    complaintRate: rate("Reputation.ComplaintRate"),
  } as const;
}

function ownMetric(
  metricName: JobMetric | ServiceMetric,
  statistic: "Sum" | "Maximum",
  dimensionsMap: Readonly<Record<string, string>>,
): Metric {
  return new Metric({ namespace: metricNamespace, metricName, statistic, period, dimensionsMap });
}
