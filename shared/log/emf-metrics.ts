import type { Clock } from "../clock/clock.ts";
import type { ReceivedMessage } from "../queue/queue.ts";
import type { EngineEvent, EventName, Log } from "./event.ts";
import { toStandardOutput } from "./stream-log.ts";

/** Where the engine's metrics are found. `Service` tells two services of one account apart, such as a stage from another. */
export const metricNamespace = "Errand";
export const serviceDimension = "Service";
export const jobDimension = "Job";

/** By job, the engine's own being `dispatch`, `notify` and `webhook`: a metric of each is paid for, so only what one acts on job by job. */
export type JobMetric = "Succeeded" | "Failed" | "Retrying" | "OutcomeUnknown" | "OldestSeconds";
/** Of the whole service: one alarm sees them all. */
export type ServiceMetric =
  | "FlowsSucceeded"
  | "FlowsFailed"
  | "FlowsOverdue"
  | "MessagesFailed"
  | "ServicesDown";

/** Counts what the engine tells while it works a batch. */
export interface BatchMetrics {
  /** Counts an event and passes it on. */
  readonly log: Log;
  /**
   * Writes what was counted since the last time as one line; none where nothing was. Of the messages that the batch gave
   * back the oldest's age is told too: SQS's own metric leaves out what was received three times.
   */
  write(returned?: readonly Pick<ReceivedMessage, "sentAt">[]): void;
}

export interface BatchMetricsOptions {
  readonly service: string;
  /** The job's name, `dispatch`, `notify` or `webhook`. */
  readonly job: string;
  readonly log: Log;
  readonly clock: Pick<Clock, "now">;
  readonly writeLine?: (line: string) => void;
}

/**
 * Metrics without a call: a line of the log, in the format that CloudWatch turns into metrics by itself. The format's rules:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function createBatchMetrics({
  service,
  job,
  log,
  clock,
  writeLine = toStandardOutput,
}: BatchMetricsOptions): BatchMetrics {
  const ofJob = new Map<JobMetric, number>();
  const ofService = new Map<ServiceMetric, number>();
  return {
    log(event) {
      const [jobMetric, serviceMetric] = [jobMetrics[event.event], serviceMetricOf(event)];
      if (jobMetric) ofJob.set(jobMetric, (ofJob.get(jobMetric) ?? 0) + 1);
      if (serviceMetric) ofService.set(serviceMetric, (ofService.get(serviceMetric) ?? 0) + 1);
      log(event);
    },
    write(returned = []) {
      const now = clock.now();
      if (returned.length > 0) ofJob.set("OldestSeconds", oldestSeconds(returned, now));
      const directives = [
        ...directive([serviceDimension, jobDimension], ofJob),
        ...directive([serviceDimension], ofService),
      ];
      if (directives.length === 0) return;
      const values = Object.fromEntries([...ofJob, ...ofService]);
      const dimensions = { [serviceDimension]: service, [jobDimension]: job };
      const metadata = { Timestamp: now, CloudWatchMetrics: directives };
      writeLine(JSON.stringify({ _aws: metadata, ...dimensions, ...values }));
      ofJob.clear();
      ofService.clear();
    },
  };
}

const jobMetrics: { readonly [Name in EventName]?: JobMetric } = {
  "job.succeeded": "Succeeded",
  "job.failed": "Failed",
  "job.retrying": "Retrying",
  "job.outcome-unknown": "OutcomeUnknown",
};

function serviceMetricOf({ event, status }: EngineEvent): ServiceMetric | undefined {
  if (event === "flow.finished") return status === "failed" ? "FlowsFailed" : "FlowsSucceeded";
  if (event === "flow.overdue") return "FlowsOverdue";
  // Each time a job finds it so: once a minute at the most, and once a worker when it begins.
  if (event === "breaker.open") return "ServicesDown";
  return event === "message.failed" ? "MessagesFailed" : undefined;
}

function directive(dimensions: readonly string[], counts: ReadonlyMap<JobMetric | ServiceMetric, number>) {
  if (counts.size === 0) return [];
  const metrics = [...counts.keys()].map((name) => ({
    Name: name,
    Unit: name === "OldestSeconds" ? "Seconds" : "Count",
  }));
  return [{ Namespace: metricNamespace, Dimensions: [dimensions], Metrics: metrics }];
}

function oldestSeconds(messages: readonly Pick<ReceivedMessage, "sentAt">[], now: number): number {
  const sentAt = Math.min(...messages.map((message) => message.sentAt));
  return Math.max(0, Math.round((now - sentAt) / 1000));
}
