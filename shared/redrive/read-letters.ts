import { deadLetterQueue, type QueueName } from "../queue/queue.ts";
import type { Letter, LetterBox } from "./letter-box.ts";

/** What letters are looked at with. */
export interface ReadingPorts {
  readonly letters: LetterBox;
}

/**
 * While they are looked at, letters are hidden from everybody else, so that each is seen once: long enough to go through
 * tens of thousands of them, short enough that those of a tool that was killed are soon back.
 */
const hiddenSeconds = 300;

/** The letters of a queue, each once, by up to ten; ends where none is left to be seen. Whoever reads gives them back. */
export async function* readLetters(
  { letters }: ReadingPorts,
  queue: QueueName,
): AsyncGenerator<readonly Letter[]> {
  const seen = new Set<string>();
  for (;;) {
    const received = await letters.receive(deadLetterQueue(queue), hiddenSeconds);
    const fresh = received.filter(({ id }) => !seen.has(id));
    // Those that were seen come back when their time is over: all others have been seen by then.
    if (fresh.length === 0) return;
    for (const { id } of fresh) seen.add(id);
    yield fresh.map((message) => ({ queue, message }));
  }
}

/** Shows each letter of a queue once, and leaves all of them where they are. */
export async function lookAtLetters(
  ports: ReadingPorts,
  queue: QueueName,
  look: (letter: Letter) => void,
): Promise<void> {
  const seen: Letter[] = [];
  try {
    for await (const letters of readLetters(ports, queue)) {
      letters.forEach(look);
      seen.push(...letters.map(withoutBody));
    }
  } finally {
    await giveBack(ports, seen);
  }
}

/** What is kept of a letter only to give it back: thousands of bodies are more than memory holds. */
export function withoutBody({ queue, message }: Letter): Letter {
  return { queue, message: { ...message, body: "" } };
}

/** Makes letters visible again. */
export async function giveBack(ports: ReadingPorts, letters: readonly Letter[]): Promise<void> {
  for (const [queue, own] of Map.groupBy(letters, (letter) => letter.queue)) {
    const messages = own.map(({ message }) => message);
    await ports.letters.giveBack(deadLetterQueue(queue), messages);
  }
}
