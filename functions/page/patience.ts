/** How long a watcher waits, in milliseconds. */
export interface WatchTimes {
  /** After a first failure; after each more twice as long. */
  readonly retryMs: number;
  readonly mostRetryMs: number;
  /** For an answer: a connection that nobody closed may hang for ever. */
  readonly answerMs: number;
  /** Between two signs of life on a WebSocket. */
  readonly heartbeatMs: number;
  /** Between two looks at the status while a WebSocket tells of changes: what it should have told is seen all the same. */
  readonly quietMs: number;
}

export interface Backoff {
  /** The next wait in milliseconds: twice as long as the one before, and a random part of up to a half less. */
  next(): number;
  reset(): void;
}

/** Jitter, so that a thousand browsers that lost one server don't come back in one moment. */
export function createBackoff({
  retryMs,
  mostRetryMs,
}: Pick<WatchTimes, "retryMs" | "mostRetryMs">): Backoff {
  let failures = 0;
  return {
    next() {
      const wait = Math.min(mostRetryMs, retryMs * 2 ** Math.min(failures++, 30));
      return wait * (1 - Math.random() / 2);
    },
    reset() {
      failures = 0;
    },
  };
}

/** Whether the machine has a network at all, and the events `online` and `offline`. */
export interface Network extends Pick<EventTarget, "addEventListener" | "removeEventListener"> {
  readonly onLine: boolean;
}

/** The browser's; elsewhere one that is always there. */
export function browserNetwork(): Network {
  const scope = globalThis as unknown as Partial<EventTarget> & { readonly navigator?: { onLine?: boolean } };
  const target = (scope.addEventListener ? scope : new EventTarget()) as EventTarget;
  return {
    get onLine() {
      return scope.navigator?.onLine ?? true;
    },
    addEventListener: (...listener) => target.addEventListener(...listener),
    removeEventListener: (...listener) => target.removeEventListener(...listener),
  };
}

/** Says that the status is wanted at once, also while it is being asked for: that answer may be older. */
export class Nudge extends EventTarget {
  #isGiven = false;

  give(): void {
    this.#isGiven = true;
    this.dispatchEvent(new Event("nudge"));
  }

  /** Whether it was given since it was last taken. */
  get isGiven(): boolean {
    return this.#isGiven;
  }

  take(): void {
    this.#isGiven = false;
  }
}

/** Longer waits overflow a browser's timer, which fires at once then. */
const mostTimerMs = 2 ** 31 - 1;

/** Waits so many milliseconds; less where the signal aborts, the network comes or goes, or `nudge` says so. */
export function pause(
  milliseconds: number,
  network: Network,
  signal: AbortSignal,
  nudge?: Nudge,
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      nudge?.removeEventListener("nudge", end);
      for (const type of ["online", "offline"]) network.removeEventListener(type, end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(milliseconds, mostTimerMs));
    signal.addEventListener("abort", end);
    nudge?.addEventListener("nudge", end);
    for (const type of ["online", "offline"]) network.addEventListener(type, end);
    if (signal.aborted || nudge?.isGiven) end();
  });
}
