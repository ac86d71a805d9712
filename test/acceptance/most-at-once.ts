/** From and to, in ms. */
export type Interval = readonly [from: number, to: number];

/** How many of the intervals overlap at the most. One that ends in the millisecond in which another begins doesn't overlap it. */
export function mostAtOnce(intervals: readonly Interval[]): number {
  const changes = intervals
    .flatMap(([from, to]) => [
      { at: from, by: 1 },
      { at: to, by: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by);
  let running = 0;
  let most = 0;
  for (const { by } of changes) {
    running += by;
    most = Math.max(most, running);
  }
  return most;
}
