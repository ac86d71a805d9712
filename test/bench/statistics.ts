/** The value that so large a part (0 to 1) of the samples doesn't exceed. */
export function percentile(samples: readonly number[], part: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

/** Milliseconds that each call took, `concurrent` at a time. */
export async function latencies(
  count: number,
  concurrent: number,
  call: () => Promise<unknown>,
): Promise<readonly number[]> {
  const taken: number[] = [];
  let left = count;
  async function loop(): Promise<void> {
    while (left > 0) {
      left--;
      const begun = performance.now();
      await call();
      taken.push(performance.now() - begun);
    }
  }
  await Promise.all(Array.from({ length: concurrent }, loop));
  return taken;
}

/** How often a second something happened that took so many milliseconds for `count` times. */
export function perSecond(count: number, milliseconds: number): number {
  return (count * 1000) / milliseconds;
}
