/**
 * The ids of a batch that a function reports failed, read as Lambda reads them: nothing, null or an empty list is
 * complete success; what isn't JSON, and an id that is empty, unknown or under another key, is complete failure.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export function failedIds(answer: unknown, ids: readonly string[]): readonly string[] {
  const items = batchItemFailures(answer);
  if (items === undefined) return ids;
  const failed = items.map((item) => (isObject(item) ? item["itemIdentifier"] : undefined));
  return ids.length > 0 && failed.every((id) => typeof id === "string" && ids.includes(id))
    ? ids.filter((id) => failed.includes(id))
    : ids;
}

/** Undefined where the answer isn't one. */
function batchItemFailures(answer: unknown): readonly unknown[] | undefined {
  const json = asJson(answer);
  if (json === null) return [];
  if (!isObject(json)) return undefined;
  const items = json["batchItemFailures"] ?? [];
  return Array.isArray(items) ? items : undefined;
}

/** As it would arrive from a function: by way of JSON. */
function asJson(answer: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(answer ?? null));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
