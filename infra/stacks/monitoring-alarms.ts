import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import type {
  FunctionMetrics,
  ReputationMetrics,
  ServiceMetrics,
  WorkerMetrics,
} from "./monitoring-metrics.ts";

/** The pages of docs/runbook that alarms send to. */
export type RunbookPage =
  | "dead-letters"
  | "old-messages"
  | "function-errors"
  | "throttles"
  | "failed-flows"
  | "overdue-flows"
  | "engine-trouble"
  | "outages"
  | "api-errors"
  | "mail-reputation";

/** When a person is to look, and at which page. */
export interface AlarmRule {
  readonly metric: IMetric;
  /** What it means, in one sentence without its full stop. */
  readonly meaning: string;
  readonly page: RunbookPage;
  /** Default 1: one is news. */
  readonly threshold?: number;
  /** Default `once`. */
  readonly when?: keyof typeof occurrences;
  /** What a metric that tells nothing means. Default `over`. */
  readonly silence?: keyof typeof silences;
}

/** How many of the last periods must have reached the threshold. */
const occurrences = {
  once: { datapointsToAlarm: 1, evaluationPeriods: 1 },
  // One worker that dies is what the engine is made for, and costs its job a while: two within 15 minutes are a pattern.
  repeatedly: { datapointsToAlarm: 2, evaluationPeriods: 3 },
  // A throttled table or a lost connection is over by the next delivery: an outage isn't.
  lasting: { datapointsToAlarm: 3, evaluationPeriods: 3 },
} as const;

const silences = {
  // What fails is only counted where it happens, and a queue that tells nothing for hours is an empty one.
  over: TreatMissingData.NOT_BREACHING,
  // A rate is as it was until something is counted again.
  unchanged: TreatMissingData.IGNORE,
} as const;

export interface AlarmTarget {
  /** Where the runbook's pages are. */
  readonly runbookUrl: string;
  readonly action: IAlarmAction;
}

/**
 * An alarm by its rule. Told when it is raised only: an action on "OK" would write a message for each new alarm, on the
 * first deploy for all of them.
 */
export function createAlarm(
  scope: Construct,
  id: string,
  { metric, meaning, page, threshold = 1, when = "once", silence = "over" }: AlarmRule,
  { runbookUrl, action }: AlarmTarget,
): Alarm {
  const alarm = new Alarm(scope, id, {
    metric,
    threshold,
    ...occurrences[when],
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: silences[silence],
    alarmDescription: `${meaning}. What to do: ${runbookUrl}/${page}.md`,
  });
  alarm.addAlarmAction(action);
  return alarm;
}

export type AlarmRules = Readonly<Record<string, AlarmRule>>;

/** Of a queue, by what each is called; `promisedSeconds` is how old its messages may get. */
export function queueAlarms(name: string, metrics: WorkerMetrics, promisedSeconds: number): AlarmRules {
  return {
    DeadLetters: {
      metric: metrics.deadLetters,
      meaning: `${name}: something failed for good and lies with the dead letters`,
      page: "dead-letters",
    },
    OldWaiting: {
      metric: metrics.oldestWaiting,
      meaning: `${name}: a message waits for a worker for longer than is promised, ${promisedSeconds} s`,
      page: "old-messages",
      threshold: promisedSeconds,
    },
    OldReturned: {
      metric: metrics.oldestReturned,
      meaning: `${name}: a message was given back that is older than is promised, ${promisedSeconds} s`,
      page: "old-messages",
      threshold: promisedSeconds,
    },
  };
}

/** Of a function. */
export function functionAlarms(name: string, { errors, throttles }: FunctionMetrics): AlarmRules {
  return {
    Errors: {
      metric: errors,
      meaning: `${name}: its function died or ran out of time, more than once within 15 minutes`,
      page: "function-errors",
      when: "repeatedly",
    },
    Throttles: {
      metric: throttles,
      meaning: `${name}: Lambda had no free copy of its function, more than once within 15 minutes`,
      page: "throttles",
      when: "repeatedly",
    },
  };
}

/** Of the service as a whole; `serverErrors` are the API's answers of 5xx. */
export function serviceAlarms(metrics: ServiceMetrics, serverErrors: IMetric): AlarmRules {
  return {
    FailedFlows: {
      metric: metrics.FlowsFailed,
      meaning: "A flow ended failed: whoever started it did not get all they asked for",
      page: "failed-flows",
    },
    OverdueFlows: {
      metric: metrics.FlowsOverdue,
      meaning: "A flow was past its deadline, and what was left of it was closed as failed",
      page: "overdue-flows",
    },
    EngineTrouble: {
      metric: metrics.MessagesFailed,
      meaning: "For 15 minutes messages could not be worked: ledger, bucket or queues are out of reach",
      page: "engine-trouble",
      when: "lasting",
    },
    ServiceDown: {
      metric: metrics.ServicesDown,
      meaning: "For 15 minutes a service that jobs need has been down: they are held, and lose nothing",
      page: "outages",
      when: "lasting",
    },
    Api5xx: {
      metric: serverErrors,
      meaning: "The API answered 5xx, more than once within 15 minutes",
      page: "api-errors",
      when: "repeatedly",
    },
  };
}

/**
 * Of the account's mail, from where AWS looks at the account on; it pauses one at 10 % and 0.5 %
 * (docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html).
 */
export function reputationAlarms({ bounceRate, complaintRate }: ReputationMetrics): AlarmRules {
  return {
    BounceRate: {
      metric: bounceRate,
      meaning:
        "Of this account's mail 5 % bounced for good: AWS may review the account, and pause its mail at 10 %",
      page: "mail-reputation",
      threshold: 0.05,
      silence: "unchanged",
    },
    ComplaintRate: {
      metric: complaintRate,
      meaning:
        "Of this account's mail 0.1 % was called spam: AWS may review the account, and pause its mail at 0.5 %",
      page: "mail-reputation",
      threshold: 0.001,
      silence: "unchanged",
    },
  };
}
