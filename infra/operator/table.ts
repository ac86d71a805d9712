/** Rows as columns that stand under their heads; numbers to the right. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly (string | number | undefined)[])[],
): string {
  const cells = [heads, ...rows.map((row) => row.map((cell) => printable(String(cell ?? ""))))];
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const isNumber = heads.map((_, column) => rows.some((row) => typeof row[column] === "number"));
  const lines = cells.map((row) =>
    row
      .map((cell, column) =>
        isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

/** A letter's words may be anybody's who can send to the queue: none of them may steer the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "?");
}

/** A time in ms since 1970, in UTC. */
export function timeText(milliseconds: number | undefined): string {
  return milliseconds === undefined
    ? ""
    : `${new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** Names of fields that are a time in ms since 1970. */
const times = ["due", "leaseEnd", "deadline", "since", "heldSince"];

/** The record with its times as ISO 8601. */
export function isoTimes(record: object): Readonly<Record<string, unknown>> {
  const fields = Object.entries(record).map(([name, value]) => {
    const isTime = typeof value === "number" && (times.includes(name) || name.endsWith("At"));
    return [name, isTime ? new Date(value).toISOString() : value] as const;
  });
  return Object.fromEntries(fields);
}
