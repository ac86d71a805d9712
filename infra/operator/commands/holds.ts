import {
  type Breaker,
  breakerName,
  deadLetterQueue,
  isJobQueue,
  isOpen,
  openReason,
  openSince,
} from "../../../shared/index.ts";
import type { Service } from "../open-service.ts";
import type { Report } from "../report.ts";
import { isoTimes, table, timeText } from "../table.ts";

/** `holds`: what is down or paused, and how much waits: by the breakers and the queues' own counts, without a look at any flow. */
export async function holds(service: Service): Promise<Report> {
  const { breakers, dependencies, queues } = service;
  const jobs = queues.filter(isJobQueue);
  const [known, counts] = await Promise.all([
    breakers.read([...dependencies, ...jobs]),
    Promise.all(queues.map((name) => countsOf(service, name))),
  ]);
  const open = known.filter(isOpen).toSorted((a, b) => (openSince(a) ?? 0) - (openSince(b) ?? 0));
  return {
    text: `${breakersText(open)}\n${queuesTable(counts)}`,
    json: {
      breakers: open.map((breaker) => ({ name: breakerName(breaker), ...isoTimes(breaker) })),
      queues: counts,
    },
    done: true,
  };
}

/** As SQS counts them: roughly. */
async function countsOf({ queue }: Service, name: string) {
  const [depth, letters] = await Promise.all([queue.depth(name), queue.depth(deadLetterQueue(name))]);
  return { name, ...depth, deadLetters: letters.visible + letters.inFlight + letters.delayed };
}

function breakersText(open: readonly Breaker[]): string {
  if (open.length === 0) return "Nothing is held: every breaker is closed.\n";
  const rows = open.map((breaker) => [
    breakerName(breaker),
    breaker.pausedAt === undefined ? "open" : "paused",
    timeText(openSince(breaker)),
    timeText(breaker.probedAt),
    openReason(breaker),
  ]);
  return table(["BREAKER", "STATE", "SINCE", "LAST PROBE", "REASON"], rows);
}

function queuesTable(counts: readonly Awaited<ReturnType<typeof countsOf>>[]): string {
  const rows = counts.map(({ name, visible, inFlight, delayed, deadLetters }) => [
    ...[name, visible, inFlight, delayed, deadLetters],
  ]);
  return table(["QUEUE", "WAITING", "IN HAND OR HIDDEN", "DELAYED", "DEAD LETTERS"], rows);
}
