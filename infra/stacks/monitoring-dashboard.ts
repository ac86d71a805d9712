import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  type Metric,
  TextWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import { Duration } from "aws-cdk-lib/core";
import type { Construct } from "constructs";
import { type Catalog, dispatchQueue, notifyQueue } from "../../shared/index.ts";
import type { FrontMetrics } from "./api-front.ts";
import type { ServiceMetrics, WorkerMetrics } from "./monitoring-metrics.ts";

export interface DashboardProps {
  readonly alarms: readonly Alarm[];
  readonly service: ServiceMetrics;
  readonly catalog: Pick<Catalog, "jobs">;
  /** By the names of jobs, `notify`, `webhook` and `dispatch`. */
  readonly workers: ReadonlyMap<string, WorkerMetrics>;
  readonly front: FrontMetrics;
}

/**
 * Three rows for three questions: is it healthy, what waits, what fails. Widgets are on a grid of 24 columns. Seven metrics a job,
 * three to six a queue of the engine's own, and no more than 50 in all: beyond that a dashboard is $3 (docs/decisions/0015-monitoring.md).
 */
export function createDashboard(scope: Construct, id: string, props: DashboardProps): Dashboard {
  return new Dashboard(scope, id, {
    defaultInterval: Duration.hours(12),
    widgets: [...healthRow(props), ...waitingRow(props), ...failingRow(props)],
  });
}

function healthRow({ alarms, service, front }: DashboardProps): IWidget[][] {
  return [
    [heading("Is it healthy?", "A red alarm names the page that says what to do.")],
    [
      new AlarmStatusWidget({ title: "Alarms", alarms: [...alarms], width: 24, height: 5 }),
      graph("Flows that ended", [service.FlowsSucceeded, service.FlowsFailed, service.FlowsOverdue]),
      graph("Requests", [front.requests, front.serverErrors]),
      graph("What the API takes, ms", [front.latency]),
    ],
  ];
}

function waitingRow({ workers }: DashboardProps): IWidget[][] {
  // A push waits for a minute at the most, and its alarms would tell.
  const aging = only(workers, (name) => name !== notifyQueue);
  return [
    [heading("What waits?", "Checks of open flows wait on the dispatch queue for 15 minutes each.")],
    [
      graph("Waiting messages", byName(workers, "visible")),
      graph("Messages being worked, or waiting for their next try", byName(workers, "inFlight")),
      graph(
        "Oldest message, s: waiting for a worker (left), given back (right)",
        byName(aging, "oldestWaiting"),
        {
          right: byName(aging, "oldestReturned"),
        },
      ),
    ],
  ];
}

function failingRow({ service, workers, catalog: { jobs } }: DashboardProps): IWidget[][] {
  // Checks end jobs too.
  const ending = only(workers, (name) => jobs.has(name) || name === dispatchQueue);
  return [
    [heading("What fails?", "Failed jobs leave a dead letter each; what is tried again is no failure yet.")],
    [
      graph("Dead letters", byName(workers, "deadLetters")),
      graph("Jobs that failed (left), will be tried again (right)", byName(ending, "failed"), {
        right: byName(
          only(workers, (name) => jobs.has(name)),
          "retrying",
        ),
      }),
      graph(
        "Messages that the engine could not work (left), tries that found a service down (right)",
        [service.MessagesFailed],
        {
          right: [service.ServicesDown],
        },
      ),
    ],
  ];
}

function only(
  workers: DashboardProps["workers"],
  isShown: (name: string) => boolean,
): DashboardProps["workers"] {
  return new Map([...workers].filter(([name]) => isShown(name)));
}

function heading(question: string, remark: string): IWidget {
  return new TextWidget({ markdown: `## ${question}\n${remark}`, width: 24, height: 2 });
}

function graph(
  title: string,
  left: readonly IMetric[],
  { right = [] }: { readonly right?: readonly IMetric[] } = {},
): IWidget {
  return new GraphWidget({
    ...{ title, left: [...left], right: [...right], width: 8, height: 6 },
    leftYAxis: { min: 0 },
    rightYAxis: { min: 0 },
  });
}

/** One of the metrics of each, labelled with its name. */
function byName<Name extends string>(
  metrics: ReadonlyMap<string, Readonly<Record<Name, Metric>>>,
  metric: Name,
): IMetric[] {
  return [...metrics].map(([label, of]) => of[metric].with({ label }));
}
