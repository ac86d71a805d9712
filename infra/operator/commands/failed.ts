import { type LetterSummary, lookAtLetters, summaryOf } from "../../../shared/index.ts";
import type { Service } from "../open-service.ts";
import type { Selection } from "../options.ts";
import type { Report } from "../report.ts";
import { isSelected, selectedQueues } from "../selection.ts";
import { isoTimes, table, timeText } from "../table.ts";

/** As many letters as a screen has lines for; the groups above them say the rest. */
const mostLetters = 30;

/** `failed`: the letters of all queues, or of those that are selected. No body is shown: it holds an input. */
export async function failed(service: Service, selection: Selection): Promise<Report> {
  const letters: LetterSummary[] = [];
  const looks = selectedQueues(service, selection).map((queue) =>
    lookAtLetters(service, queue, (letter) => {
      if (isSelected(letter, selection)) letters.push(summaryOf(letter));
    }),
  );
  await Promise.all(looks);
  letters.sort((a, b) => failedAt(a) - failedAt(b));
  return { json: { letters: letters.map(isoTimes) }, text: textOf(letters), done: true };
}

function textOf(letters: readonly LetterSummary[]): string {
  if (letters.length === 0) return "No dead letters.\n";
  const latest = letters.slice(-mostLetters);
  const earlier = letters.length - latest.length;
  const note = earlier > 0 ? `\nAnd ${earlier} earlier: --json has all of them.\n` : "";
  return `${groupTable(letters)}\n${letterTable(latest)}${note}`;
}

function groupTable(letters: readonly LetterSummary[]): string {
  const groups = Map.groupBy(letters, ({ queue, error }) => JSON.stringify([queue, error]));
  const rows = [...groups.values()]
    .toSorted((a, b) => b.length - a.length)
    .flatMap((group) => {
      const [first] = group;
      if (!first) return [];
      const [since, until] = [group[0], group.at(-1)].map((letter) => timeText(letter && failedAt(letter)));
      return [[group.length, first.queue, since, until, reasonOf(first)]];
    });
  return table(["LETTERS", "QUEUE", "FIRST", "LAST", "REASON"], rows);
}

function letterTable(letters: readonly LetterSummary[]): string {
  const rows = letters.map((letter) => [
    letter.job ?? `(no job, in ${letter.queue})`,
    letter.run,
    letter.attempts,
    timeText(failedAt(letter)),
  ]);
  return table(["JOB", "RUN", "ATTEMPTS", "FAILED"], rows);
}

/** SQS writes no reason on what it moves by itself. */
export function reasonOf({ error }: Pick<LetterSummary, "error">): string {
  return error ?? "set aside by SQS";
}

function failedAt({ lastAt, sentAt }: LetterSummary): number {
  return lastAt ?? sentAt;
}
