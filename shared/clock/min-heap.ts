/** Gives back what comes first of what it holds, in logarithmic time: a clock's timers, a queue's hidden messages. */
export interface MinHeap<Item> {
  push(item: Item): void;
  /** What comes first; undefined where nothing is left. */
  peek(): Item | undefined;
  pop(): Item | undefined;
}

/** A binary heap. `before` is a strict order; of equal items any may come first. */
export function createMinHeap<Item>(before: (one: Item, other: Item) => boolean): MinHeap<Item> {
  const items: Item[] = [];

  function sink(item: Item): void {
    let index = 0;
    for (let child = 1; child < items.length; child = 2 * index + 1) {
      const right = child + 1;
      if (right < items.length && before(items[right] as Item, items[child] as Item)) child = right;
      const lower = items[child] as Item;
      if (!before(lower, item)) break;
      items[index] = lower;
      index = child;
    }
    items[index] = item;
  }

  return {
    push(item) {
      let index = items.push(item) - 1;
      while (index > 0) {
        const parent = (index - 1) >> 1;
        const upper = items[parent] as Item;
        if (!before(item, upper)) break;
        items[index] = upper;
        index = parent;
      }
      items[index] = item;
    },
    peek: () => items[0],
    pop() {
      const first = items[0];
      const last = items.pop();
      if (items.length > 0) sink(last as Item);
      return first;
    },
  };
}
