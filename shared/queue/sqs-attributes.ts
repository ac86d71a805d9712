import type { MessageAttributes } from "./queue.ts";

/**
 * A message's attributes, each as name, type and text, which SQS's API and its event source spell differently. Binary ones and
 * custom types are nobody's of ours: left out, and the message is refused for what it lacks.
 */
export function readSqsAttributes(
  attributes: readonly (readonly [name: string, type: string | undefined, text: string | undefined])[],
): MessageAttributes {
  return Object.fromEntries(
    attributes.flatMap(([name, type, text]): [string, string | number][] => {
      if (text === undefined) return [];
      if (type === "Number") return [[name, Number(text)]];
      return type === "String" ? [[name, text]] : [];
    }),
  );
}
