import { parseJobId } from "../flow/ids.ts";
import type { MessageAttributes, QueueName } from "../queue/queue.ts";
import type { Letter } from "./letter-box.ts";

/** A letter without its body, which holds an input: what may be shown to whoever looks. Times are ms since 1970. */
export interface LetterSummary {
  readonly queue: QueueName;
  /** The job's id, `<flow>.<key>`; absent from a stranger's letter. */
  readonly job?: string;
  readonly run?: number;
  /** In an adapter's or the engine's own words; absent where SQS itself has moved the message. */
  readonly error?: string;
  readonly attempts?: number;
  readonly firstAt?: number;
  readonly lastAt?: number;
  /** When it was written; where SQS moved it, when the message was sent. */
  readonly sentAt: number;
}

/** What a letter says of itself. */
export function summaryOf({ queue, message: { attributes, sentAt } }: Letter): LetterSummary {
  const error = attributes["error"];
  const job = jobOfLetter(attributes);
  return {
    queue,
    ...(job === undefined ? {} : { job }),
    ...(error === undefined ? {} : { error: String(error) }),
    ...numbers(attributes, ["run", "attempts", "firstAt", "lastAt"]),
    sentAt,
  };
}

/** The id of the job that a letter names; undefined for anything else. */
function jobOfLetter({ job }: MessageAttributes): string | undefined {
  return typeof job === "string" && parseJobId(job) ? job : undefined;
}

function numbers<Name extends string>(
  attributes: MessageAttributes,
  names: readonly Name[],
): { readonly [Key in Name]?: number } {
  const found = names.flatMap((name) => {
    const value = attributes[name];
    return typeof value === "number" ? [[name, value] as const] : [];
  });
  return Object.fromEntries(found) as { readonly [Key in Name]?: number };
}
