import { createBackoff, type Network, type Nudge, pause, type WatchTimes } from "./patience.ts";
import { isFlow, parseJson, type WatchedFlow } from "./watched-flow.ts";

/** Where a flow's status is read. */
export interface StatusSource {
  readonly statusUrl: string;
  readonly token: string;
  readonly network: Network;
  readonly times: WatchTimes;
  /** Whether a WebSocket tells of changes, so that the status is asked for in its quiet time only. */
  readonly live: () => boolean;
  readonly nudge: Nudge;
}

/** What went wrong; `final` where nothing will mend it and the watching is over. */
export interface WatchFailure {
  readonly message: string;
  /** HTTP's, where there was an answer. */
  readonly status?: number;
  readonly final: boolean;
}

/** Whom a transport tells. */
export interface FlowSink {
  seen(flow: WatchedFlow): void;
  failed(failure: WatchFailure): void;
  mode(mode: "polling" | "offline"): void;
}

type Answer =
  | {
      readonly kind: "flow";
      readonly flow: WatchedFlow;
      readonly etag: string | null;
      readonly waitMs: number;
    }
  | { readonly kind: "same"; readonly waitMs: number }
  | { readonly kind: "failed"; readonly failure: WatchFailure; readonly leastMs: number };

/**
 * Asks for the status again and again, as long after each answer as its `Retry-After` says, until the signal aborts or an
 * answer is final. Failures are told and tried again after a growing wait; without a network as soon as it is back. While
 * another tells of changes it looks once in the quiet time.
 */
export async function pollFlow(source: StatusSource, sink: FlowSink, signal: AbortSignal): Promise<void> {
  const { network, times, live, nudge } = source;
  const backoff = createBackoff(times);
  let etag: string | null = null;
  while (!signal.aborted) {
    nudge.take();
    const answer = await ask(source, etag, signal);
    if (signal.aborted) return;
    if (answer.kind === "failed") {
      // The machine's word alone isn't enough: without a network a service on the machine itself is still there.
      if (answer.failure.status === undefined && !network.onLine) sink.mode("offline");
      else sink.failed(answer.failure);
      if (answer.failure.final) return;
      await pause(Math.max(answer.leastMs, backoff.next()), network, signal, nudge);
      continue;
    }
    backoff.reset();
    sink.mode("polling");
    if (answer.kind === "flow") {
      etag = answer.etag;
      sink.seen(answer.flow);
    }
    // Who is nudged again and again, by a flow of hundreds of jobs, asks four times a second.
    await pause(leastWaitMs, network, signal);
    const waitMs = live() ? Math.max(answer.waitMs, times.quietMs) : answer.waitMs;
    await pause(Math.max(0, waitMs - leastWaitMs), network, signal, nudge);
  }
}

async function ask(
  { statusUrl, token, times }: StatusSource,
  etag: string | null,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const response = await fetch(statusUrl, {
      headers: {
        accept: "application/json",
        authorization: `Bearer ${token}`,
        ...(etag === null ? {} : { "if-none-match": etag }),
      },
      cache: "no-store",
      credentials: "omit",
      // The status is never elsewhere, so a redirect is somebody else's, who mustn't get the token.
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(times.answerMs)]),
    });
    return await read(response);
  } catch (error) {
    const { message = String(error) } = Object(error) as { readonly message?: string };
    return { kind: "failed", failure: { message, final: false }, leastMs: 0 };
  }
}

async function read(response: Response): Promise<Answer> {
  const { status } = response;
  const retryAfterMs = readRetryAfter(response.headers.get("retry-after"));
  const body = parseJson(await response.text());
  if (status === 304) return { kind: "same", waitMs: spread(retryAfterMs) };
  if (status === 200 && isFlow(body)) {
    const etag = response.headers.get("etag");
    return { kind: "flow", flow: body, etag, waitMs: spread(retryAfterMs) };
  }
  const message = status === 200 ? "The answer is no flow" : `The status was refused with ${status}`;
  const failure = { message, status, final: isFinal(status) };
  return { kind: "failed", failure, leastMs: retryAfterMs ?? 0 };
}

/** A wrong token or flow stays one; timeouts (408), too early (425) and too many (429) pass, as do faults of the server. */
function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && ![408, 425, 429].includes(status);
}

/** RFC 9110, section 10.2.3: seconds, or a date. At most an hour. */
function readRetryAfter(text: string | null): number | undefined {
  if (text === null) return undefined;
  const milliseconds = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(milliseconds) ? undefined : Math.min(Math.max(milliseconds, 0), 3_600_000);
}

const leastWaitMs = 250;
const defaultWaitMs = 2000;

/** Never earlier than it says, and up to a tenth later, so that many who began together don't stay together. */
function spread(milliseconds = defaultWaitMs): number {
  return milliseconds * (1 + Math.random() / 10);
}
