/** Runs at most `most` of the calls at the same time; the others wait for their turn, in their order. */
export function limitConcurrency<Input, Output>(
  most: number,
  call: (input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (input) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await call(input);
    } finally {
      const next = waiting.shift();
      // Whoever is next takes over this place, so that nobody who comes in between gets ahead.
      if (next) next();
      else running--;
    }
  };
}
