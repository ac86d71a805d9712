/** What opens a flow. It is kept for this tab alone, and never stands in a URL, where logs and histories keep it. */
export interface KeptFlow {
  readonly flow: string;
  readonly token: string;
  /** Where its changes are told, if anywhere. */
  readonly socket?: string | undefined;
}

const flowItem = "errand.flow";
const keyItem = "errand.idempotency-key";

/** The flow that this tab follows, also after a reload. */
export function readKeptFlow(): KeptFlow | undefined {
  const value = parse(read(flowItem));
  const { flow, token, socket } =
    typeof value === "object" && value !== null ? (value as Partial<KeptFlow>) : {};
  if (typeof flow !== "string" || typeof token !== "string") return undefined;
  return { flow, token, ...(typeof socket === "string" ? { socket } : {}) };
}

export function keepFlow(kept: KeptFlow): void {
  write(flowItem, JSON.stringify(kept));
}

export function forgetFlow(): void {
  write(flowItem, undefined);
}

/**
 * The key of the submission under way: made once, and the same one until that has been answered, also after a reload, so
 * that a repeated request finds the flow that it may have started.
 */
export function submissionKey(): string {
  const known = read(keyItem);
  if (known) return known;
  const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
  write(keyItem, key);
  return key;
}

/** The next submission is another one. */
export function endSubmission(): void {
  write(keyItem, undefined);
}

/** Where a browser keeps nothing, a page follows what it has started until it is left. */
const memory = new Map<string, string>();

function read(item: string): string | undefined {
  try {
    return sessionStorage.getItem(item) ?? undefined;
  } catch {
    return memory.get(item);
  }
}

function write(item: string, value: string | undefined): void {
  try {
    if (value === undefined) sessionStorage.removeItem(item);
    else sessionStorage.setItem(item, value);
  } catch {
    if (value === undefined) memory.delete(item);
    else memory.set(item, value);
  }
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null") as unknown;
  } catch {
    return undefined;
  }
}
