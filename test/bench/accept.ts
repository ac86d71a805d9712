import type { Contender } from "./contenders.ts";
import { withContenders } from "./contenders.ts";
import type { Comparison } from "./measurement.ts";
import { latencies, median, percentile, perSecond } from "./statistics.ts";

/** Short rounds in turn, so that a neighbour's load on the machine meets both. */
const rounds = 3;
const idleStarts = 100;
const busyStarts = 700;
const concurrent = 50;

interface Accepted {
  readonly idle: number[];
  readonly busy: number[];
  readonly rates: number[];
}

/** From the call to its answer: one request at a time, and 50 at a time, with the rate that these reach. Nobody works the queues. */
export function measureAccept(): Promise<readonly Comparison[]> {
  return withContenders(async ({ ours, glue }) => {
    const figures = { ours: emptyFigures(), glue: emptyFigures() };
    for (const contender of [ours, glue]) await latencies(200, concurrent, contender.accept);
    for (let round = 0; round < rounds; round++) {
      await measureRound(ours, figures.ours);
      await measureRound(glue, figures.glue);
    }
    const compare = (
      name: string,
      unit: string,
      better: "lower" | "higher",
      of: (f: Accepted) => number,
    ) => ({
      ...{ name, unit, better },
      ours: of(figures.ours),
      peer: of(figures.glue),
    });
    return [
      compare("accept, idle, p50", "ms", "lower", ({ idle }) => percentile(idle, 0.5)),
      compare("accept, idle, p99", "ms", "lower", ({ idle }) => percentile(idle, 0.99)),
      compare("accept, 50 at once, p50", "ms", "lower", ({ busy }) => percentile(busy, 0.5)),
      compare("accept, 50 at once, p99", "ms", "lower", ({ busy }) => percentile(busy, 0.99)),
      compare("accepted sign-ups", "1/s", "higher", ({ rates }) => median(rates)),
    ];
  });
}

function emptyFigures(): Accepted {
  return { idle: [], busy: [], rates: [] };
}

async function measureRound({ accept }: Contender, { idle, busy, rates }: Accepted): Promise<void> {
  idle.push(...(await latencies(idleStarts, 1, accept)));
  const begun = performance.now();
  busy.push(...(await latencies(busyStarts, concurrent, accept)));
  rates.push(perSecond(busyStarts, performance.now() - begun));
}
