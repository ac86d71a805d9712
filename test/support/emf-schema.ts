import { Ajv } from "ajv";

/**
 * The rules of CloudWatch's embedded metric format, as its specification's schema states them:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * Members that it doesn't know are forbidden in `_aws`, and free at the root.
 */
const text = (maxLength: number) => ({ type: "string", minLength: 1, maxLength });
const units = ["Seconds", "Milliseconds", "Bytes", "Count", "Percent", "Count/Second", "None"];
const metric = {
  type: "object",
  required: ["Name"],
  additionalProperties: false,
  properties: { Name: text(1024), Unit: { enum: units }, StorageResolution: { enum: [1, 60] } },
};
const directive = {
  type: "object",
  required: ["Namespace", "Dimensions", "Metrics"],
  additionalProperties: false,
  properties: {
    Namespace: text(1024),
    Dimensions: { type: "array", minItems: 1, items: { type: "array", maxItems: 30, items: text(250) } },
    Metrics: { type: "array", minItems: 1, maxItems: 100, items: metric },
  },
};
const root = {
  type: "object",
  required: ["_aws"],
  properties: {
    _aws: {
      type: "object",
      required: ["Timestamp", "CloudWatchMetrics"],
      additionalProperties: false,
      properties: {
        Timestamp: { type: "integer" },
        CloudWatchMetrics: { type: "array", minItems: 1, items: directive },
      },
    },
  },
};

export interface EmfDocument {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [member: string]: unknown;
}

const isDocument = new Ajv().compile<EmfDocument>(root);

/**
 * A line of metrics, parsed. Throws where CloudWatch would make no metrics of it: it breaks the schema, or a member that a
 * directive refers to is missing, or of another type.
 */
export function parseEmf(line: string): EmfDocument {
  const document: unknown = JSON.parse(line);
  if (!isDocument(document)) throw new Error(JSON.stringify(isDocument.errors));
  for (const { Dimensions, Metrics } of document._aws.CloudWatchMetrics) {
    for (const name of Dimensions.flat()) refuseUnless("a text", typeof document[name] === "string", name);
    for (const { Name } of Metrics) refuseUnless("a number", Number.isFinite(document[Name]), Name);
  }
  return document;
}

function refuseUnless(rule: string, isRight: boolean, name: string): void {
  if (!isRight) throw new Error(`${name}: ${rule} at the root, got something else`);
}

/** The metrics of a line: by dimension set, each name's value. */
export function metricsOf(
  document: EmfDocument,
): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  return Object.fromEntries(
    document._aws.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) =>
      Dimensions.map((names) => [
        names.map((name) => `${name}=${document[name]}`).join(" "),
        Object.fromEntries(Metrics.map(({ Name }) => [Name, document[Name]])),
      ]),
    ),
  );
}
