import type { SQSClient } from "@aws-sdk/client-sqs";
import type { Contender } from "./contenders.ts";
import { withContenders } from "./contenders.ts";
import { startPolling } from "./event-source.ts";
import type { Comparison } from "./measurement.ts";
import { latencies, median, percentile, perSecond } from "./statistics.ts";

const rounds = 3;
const measured = { idle: 50, busy: 120 };
const warmUp = { idle: 10, busy: 30 };
const concurrent = 50;
const jobs = 3;

/** From the request to the end of its last job, whose handlers do nothing; no check falls due meanwhile. */
export function measureWhole(): Promise<readonly Comparison[]> {
  return withContenders(async ({ servers: { sqs }, ours, glue }) => {
    const figures = { ours: emptyFigures(), glue: emptyFigures() };
    for (const contender of [ours, glue]) await measureRound(sqs, contender, warmUp, emptyFigures());
    for (let round = 0; round < rounds; round++) {
      await measureRound(sqs, ours, measured, figures.ours);
      await measureRound(sqs, glue, measured, figures.glue);
    }
    const idle = (part: number) => ({
      name: `whole sign-up, idle, p${part * 100}`,
      ...{ unit: "ms", better: "lower" as const },
      ours: percentile(figures.ours.idle, part),
      peer: percentile(figures.glue.idle, part),
    });
    const rates = { ours: median(figures.ours.rates), peer: median(figures.glue.rates) };
    return [
      idle(0.5),
      idle(0.99),
      { name: "whole sign-ups, 50 at once", unit: "1/s", better: "higher", ...rates },
    ];
  });
}

interface Figures {
  readonly idle: number[];
  readonly rates: number[];
}

function emptyFigures(): Figures {
  return { idle: [], rates: [] };
}

/** Polled only in its own round: 24 idle pollers would cost the other's. */
async function measureRound(
  sqs: SQSClient,
  { accept, ended, sources }: Contender,
  signUps: typeof measured,
  figures: Figures,
): Promise<void> {
  const stop = startPolling(sqs, sources);
  const alone = async () => {
    const done = ended(jobs);
    await accept();
    await done;
  };
  figures.idle.push(...(await latencies(signUps.idle, 1, alone)));
  const begun = performance.now();
  const done = ended(signUps.busy * jobs);
  await latencies(signUps.busy, concurrent, accept);
  await done;
  figures.rates.push(perSecond(signUps.busy, performance.now() - begun));
  await stop();
}
