import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Stack, type StackProps } from "aws-cdk-lib/core";
import type { Construct } from "constructs";
import {
  type Catalog,
  dispatchPromisedSeconds,
  noticePromisedSeconds,
  notifyQueue,
  promisedSeconds,
  standardProfile,
  webhookQueue,
} from "../../shared/index.ts";
import type { Target } from "../targets.ts";
import type { ApiStack } from "./api-stack.ts";
import { logicalId } from "./logical-id.ts";
import {
  createAlarm,
  functionAlarms,
  queueAlarms,
  reputationAlarms,
  serviceAlarms,
} from "./monitoring-alarms.ts";
import { createDashboard } from "./monitoring-dashboard.ts";
import {
  type FunctionMetrics,
  functionMetrics,
  reputationMetrics,
  serviceMetrics,
  workerMetrics,
} from "./monitoring-metrics.ts";
import type { SocketResources } from "./socket-function.ts";
import type { QueueWorker } from "./workers-stack.ts";

/** Whom alarms tell, and where they send them. */
export interface AlarmOptions {
  /** Default nobody: subscribe to the topic. SNS asks the address for its consent first. */
  readonly email?: string;
  /** Where the pages of docs/runbook are. Default their path in the repository. */
  readonly runbookUrl?: string;
}

export interface MonitoringStackProps extends StackProps {
  /** As the functions were told, for their metrics. */
  readonly serviceName: string;
  readonly catalog: Catalog;
  readonly workers: readonly QueueWorker[];
  readonly api: Pick<ApiStack, "function" | "front">;
  /** Default none: the target has no WebSocket. */
  readonly socket?: Pick<SocketResources, "function">;
  /** Whether the service's mail is a matter of the account's reputation with SES. */
  readonly reputation: boolean;
  readonly target: Pick<Target, "dashboard">;
  readonly alarms?: AlarmOptions;
}

/** Alarms for every queue and function that there is, the topic that they tell, and a dashboard. */
export class MonitoringStack extends Stack {
  constructor(scope: Construct, id: string, props: MonitoringStackProps) {
    const { serviceName, catalog, workers, api, socket, reputation, target, ...rest } = props;
    const { alarms: options = {}, ...stackProps } = rest;
    super(scope, id, stackProps);
    const topic = createTopic(this, options.email);
    const told = { runbookUrl: options.runbookUrl ?? "docs/runbook", action: new SnsAction(topic) };
    const ofWorkers = new Map(workers.map((worker) => [worker.name, workerMetrics(serviceName, worker)]));
    const ofFunctions = new Map<string, FunctionMetrics>([
      ...ofWorkers,
      ["api", functionMetrics(api.function)],
      ...(socket ? [["socket", functionMetrics(socket.function)] as const] : []),
    ]);
    const ofService = serviceMetrics(serviceName);
    const { metrics: front } = api.front;

    const rules = {
      ...serviceAlarms(ofService, front.serverErrors),
      ...named(ofWorkers, (name, metrics) => queueAlarms(name, metrics, promiseOf(name, catalog))),
      ...named(ofFunctions, functionAlarms),
      ...(reputation ? reputationAlarms(reputationMetrics()) : {}),
    };
    const alarms = Object.entries(rules).map(([name, rule]) => createAlarm(this, name, rule, told));
    if (target.dashboard) {
      const metrics = { service: ofService, workers: ofWorkers, front };
      createDashboard(this, "Dashboard", { alarms, catalog, ...metrics });
    }
  }
}

/**
 * The topic of the alarms. Not encrypted: its messages name an alarm and a number, and CloudWatch can't publish under SNS's
 * own key. Nor by a key that is brought: its policy must let CloudWatch use it, which can't be written from here where it is
 * imported, and then no alarm would be heard.
 */
function createTopic(scope: Construct, email: string | undefined): Topic {
  const topic = new Topic(scope, "Alarms", { enforceSSL: true });
  // The policy that asks for TLS takes the place of the default one, by which alarms of the account may publish.
  topic.addToResourcePolicy(
    new PolicyStatement({
      actions: ["sns:Publish"],
      principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
      resources: [topic.topicArn],
      conditions: { StringEquals: { "aws:SourceAccount": topic.stack.account } },
    }),
  );
  if (email !== undefined) topic.addSubscription(new EmailSubscription(email));
  return topic;
}

/** What is not a job's queue is one of notices, or the dispatcher's. */
function promiseOf(name: string, { jobs }: Catalog): number {
  const job = jobs.get(name);
  if (name === notifyQueue || name === webhookQueue) return noticePromisedSeconds(standardProfile);
  return job ? promisedSeconds(job, standardProfile) : dispatchPromisedSeconds(standardProfile);
}

/** The rules of each, by ids such as `CreateProfileErrors`. */
function named<Metrics, Rule>(
  metrics: ReadonlyMap<string, Metrics>,
  rulesOf: (name: string, metrics: Metrics) => Readonly<Record<string, Rule>>,
): Readonly<Record<string, Rule>> {
  return Object.fromEntries(
    [...metrics].flatMap(([name, of]) =>
      Object.entries(rulesOf(name, of)).map(([kind, rule]) => [`${logicalId(name)}${kind}`, rule]),
    ),
  );
}
