/**
 * On a terminal, Ctrl-C under npm arrives twice: from the terminal, and a moment later from npm, which passes it on.
 * A person's second one comes later than this.
 */
const sameKeyMs = 500;

/** Stops at the first SIGINT or SIGTERM, exit code 0; at once at a second SIGINT, exit code 130. */
export function stopOnSignal(stop: () => Promise<void>): void {
  let askedAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (askedAt === undefined) {
      askedAt = performance.now();
      stop().then(() => process.exit(0), fail);
    } else if (signal === "SIGINT" && performance.now() - askedAt > sameKeyMs) {
      process.exit(130);
    }
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
}

/**
 * Aborts at the first SIGINT or SIGTERM, for what ends by itself then; the process ends at once at a second SIGINT, exit
 * code 130.
 */
export function abortOnSignal(): AbortSignal {
  const controller = new AbortController();
  let askedAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (signal === "SIGINT" && askedAt !== undefined && performance.now() - askedAt > sameKeyMs)
      process.exit(130);
    askedAt ??= performance.now();
    controller.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return controller.signal;
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}
