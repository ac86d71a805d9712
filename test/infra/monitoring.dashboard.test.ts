import { expect, test } from "@jest/globals";
import { catalog } from "../../functions/catalog.ts";
import { targets } from "../../infra/targets.ts";
import { type CfnTemplate, createTemplates, resourcesOf } from "../support/infra.ts";

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly properties: {
    readonly markdown?: string;
    readonly title?: string;
    readonly alarms?: readonly string[];
    readonly metrics?: readonly (readonly unknown[])[];
  };
}

/** As CloudFormation would write it, with `x` for what it has not made here. */
function widgetsOf(template: CfnTemplate): readonly Widget[] {
  const [dashboard] = Object.values(resourcesOf(template, "AWS::CloudWatch::Dashboard"));
  const [separator, parts] = dashboard?.Properties["DashboardBody"]["Fn::Join"] ?? [];
  const body = parts.map((part: unknown) => (typeof part === "string" ? part : "x")).join(separator);
  return JSON.parse(body).widgets;
}

const { monitoring } = createTemplates();
const widgets = widgetsOf(monitoring);
const jobs = [...catalog.jobs.keys()];
const names = [...jobs, "notify", "webhook", "dispatch"];

test("the dashboard asks three questions, one below the other, with what answers each", () => {
  const questions = widgets.filter(({ type }) => type === "text");
  const titles = questions.map(({ properties }) => /## (.*)/.exec(properties.markdown ?? "")?.[1]);
  expect(titles).toEqual(["Is it healthy?", "What waits?", "What fails?"]);
  const starts = questions.map(({ y }) => y);
  expect(starts).toEqual([...starts].sort((a, b) => a - b));
  for (const { x, width } of widgets) expect(x + width).toBeLessThanOrEqual(24);
  const graphs = starts.map(
    (start, row) =>
      widgets.filter(
        ({ type, y }) => type === "metric" && y > start && y < (starts[row + 1] ?? Number.POSITIVE_INFINITY),
      ).length,
  );
  expect(graphs).toEqual([3, 3, 3]);
});

test("every alarm stands in it", () => {
  const shown = widgets.find(({ type }) => type === "alarm")?.properties.alarms;
  expect(shown).toHaveLength(Object.keys(resourcesOf(monitoring, "AWS::CloudWatch::Alarm")).length);
});

test("every queue does, by its name, and of what fails all that can", () => {
  const labelsOf = (title: RegExp) =>
    (widgets.find(({ properties }) => title.test(properties.title ?? ""))?.properties.metrics ?? []).map(
      (metric) => (metric.at(-1) as { label: string }).label,
    );
  for (const title of [/^Waiting messages/, /^Messages being worked/, /^Dead letters/]) {
    expect(labelsOf(title)).toEqual(names);
  }
  expect(labelsOf(/^Jobs that failed/)).toEqual([...jobs, "dispatch", ...jobs]);
});

test("it asks for no more metrics than one of the three free dashboards may", () => {
  const metrics = widgets.flatMap(({ properties }) => properties.metrics ?? []);
  expect(metrics.length).toBeLessThanOrEqual(50);
});

test("there is none where the target has none", () => {
  const without = createTemplates({ target: targets.localstack }).monitoring;
  expect(resourcesOf(without, "AWS::CloudWatch::Dashboard")).toEqual({});
  expect(Object.keys(resourcesOf(without, "AWS::CloudWatch::Alarm"))).toHaveLength(42);
});
