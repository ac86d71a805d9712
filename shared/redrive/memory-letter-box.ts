import type { MemoryQueue } from "../queue/memory-queue.ts";
import type { LetterBox } from "./letter-box.ts";

/** The letters of a queue in memory: for simulations and tests. */
export function createMemoryLetterBox(queue: MemoryQueue): LetterBox {
  return {
    receive: async (name, hiddenSeconds) =>
      queue.receive(name, { max: 10, visibilitySeconds: hiddenSeconds }),
    async giveBack(name, letters) {
      await Promise.allSettled(letters.map((letter) => queue.hide(name, letter, 0)));
    },
    remove: async (name, { receipt }) => queue.remove(name, receipt),
  };
}
