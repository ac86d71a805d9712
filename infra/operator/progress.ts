import type { WriteStream } from "node:tty";
import { SingleBar } from "cli-progress";

export interface Progress {
  /** So many more are to be done. */
  found(count: number): void;
  step(): void;
  stop(): void;
}

/** What is done in a moment needs no bar. */
const leastFound = 20;

/** A bar on a terminal, once there is more to do than a moment takes; nothing where the output goes to a file or a program. */
export function createProgress(stream: Pick<WriteStream, "isTTY"> & NodeJS.WritableStream): Progress {
  const bar = new SingleBar({
    stream,
    format: "{bar} {value} of {total} letters, {duration_formatted}",
    hideCursor: true,
    clearOnComplete: true,
    etaBuffer: 100,
  });
  let total = 0;
  let steps = 0;
  return {
    found(count) {
      total += count;
      if (bar.isActive) bar.setTotal(total);
      else if (stream.isTTY && total >= leastFound) bar.start(total, steps);
    },
    step() {
      steps++;
      if (bar.isActive) bar.increment();
    },
    stop: () => bar.stop(),
  };
}
