/** One figure of both contenders. */
export interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly better: "lower" | "higher";
  readonly ours: number;
  readonly peer: number;
}
