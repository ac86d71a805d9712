/** One figure of both contenders. */
export interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly better: "lower" | "higher";
  readonly ours: number;
  readonly peer: number;
  /** What ours may be at the most: a promise, which the run fails by. Default none. */
  readonly atMost?: number;
}
