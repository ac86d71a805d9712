import { createBackoff, type Network, pause, type WatchTimes } from "./patience.ts";
import { isFlow, parseJson, type WatchedFlow } from "./watched-flow.ts";

/** Where a flow's changes are told. */
export interface SocketSource {
  /** `ws:` or `wss:`. */
  readonly url: string;
  readonly flow: string;
  readonly token: string;
  readonly network: Network;
  readonly times: WatchTimes;
}

/** Whom a WebSocket tells. */
export interface SocketSink {
  seen(flow: WatchedFlow): void;
  /** Whether changes are told from now on. */
  live(live: boolean): void;
  /** The flow has changed, and its status says how. */
  stale(): void;
}

/** How a connection ended: not to be tried again, after its time, or some other way. */
type End = "refused" | "over" | "lost";

/** Where no WebSocket gets through, as behind some proxies, it is tried this many times more seldom than a status. */
const patienceWithProxies = 10;

/**
 * Has changes told by a WebSocket until the signal aborts: connects, subscribes, connects again after a growing wait when it
 * can't be had or has been lost, and once its time is over. All that fails is nobody's trouble, since the status is there.
 */
export async function followSocket(
  source: SocketSource,
  sink: SocketSink,
  signal: AbortSignal,
): Promise<void> {
  const { network, times } = source;
  const backoff = createBackoff({ ...times, mostRetryMs: times.mostRetryMs * patienceWithProxies });
  while (!signal.aborted) {
    let lived = false;
    const live = (is: boolean) => {
      lived ||= is;
      sink.live(is);
    };
    const end = await follow(source, { ...sink, live }, signal);
    if (signal.aborted || end === "refused") return;
    if (lived) backoff.reset();
    if (end === "lost") await pause(backoff.next(), network, signal);
  }
}

/** One connection, from its beginning to its end. */
function follow(source: SocketSource, sink: SocketSink, signal: AbortSignal): Promise<End> {
  const socket = connect(source.url);
  if (!socket) return Promise.resolve("lost");
  const { flow, token, network, times } = source;
  const { promise, resolve } = Promise.withResolvers<End>();
  const over = new AbortController();
  const until = { signal: over.signal };
  let isLive = false;

  const heart = createHeart(socket, times, () => end("lost"));
  const life = createTimer(() => end("over"));

  function end(how: End): void {
    if (over.signal.aborted) return;
    over.abort();
    for (const each of [heart, life]) each.stop();
    socket?.close();
    // Whoever hears it may look at once.
    if (isLive && !signal.aborted) sink.live(false);
    resolve(how);
  }
  function take(message: Message): void {
    // No answer to what was asked: API Gateway's own, of a message that came to nobody.
    if (message.kind === "other" && !isLive) return;
    heart.heard();
    if (message.kind === "problem") end(message.isFinal ? "refused" : "lost");
    if (message.kind === "problem" || message.kind === "other") return;
    if (message.closesInMs !== undefined) life.start(message.closesInMs);
    if (!isLive) sink.live(true);
    isLive = true;
    if (message.kind === "flow") sink.seen(message.flow);
    else sink.stale();
  }

  const subscribe = JSON.stringify({ action: "subscribe", flow, token });
  socket.addEventListener("open", () => socket.send(subscribe), until);
  socket.addEventListener("message", ({ data }) => take(readMessage(data)), until);
  for (const type of ["close", "error"]) socket.addEventListener(type, () => end("lost"), until);
  // The network has changed: whether the connection has survived that is asked now.
  for (const type of ["online", "offline"]) network.addEventListener(type, heart.ask, until);
  signal.addEventListener("abort", () => end("over"), until);
  return promise;
}

/** Asks each time that nothing was heard for a while. Whoever is silent for too long is gone, whatever the connection says of itself. */
function createHeart(socket: WebSocket, times: WatchTimes, gone: () => void) {
  const silence = createTimer(gone);
  const quiet = createTimer(ask);

  function ask(): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    silence.start(times.answerMs);
    socket.send(JSON.stringify({ action: "ping" }));
  }

  silence.start(times.answerMs);
  return {
    ask,
    heard() {
      silence.stop();
      quiet.start(times.heartbeatMs);
    },
    stop() {
      silence.stop();
      quiet.stop();
    },
  };
}

/** One thing that happens after a time, unless it is stopped or started anew. */
function createTimer(ring: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    start(milliseconds: number) {
      clearTimeout(timer);
      timer = setTimeout(ring, milliseconds);
    },
    stop: () => clearTimeout(timer),
  };
}

/** Undefined where a page may have none: by its content security policy, or in a browser without. */
function connect(url: string): WebSocket | undefined {
  try {
    return new WebSocket(url);
  } catch {
    return undefined;
  }
}

type Message =
  | { readonly kind: "flow"; readonly flow: WatchedFlow; readonly closesInMs: number | undefined }
  | { readonly kind: "changed"; readonly closesInMs: number | undefined }
  | { readonly kind: "problem"; readonly isFinal: boolean }
  | { readonly kind: "other" };

/** Not for this token, or newer connections follow the flow: each of too many that came back would drive out another. */
const finalStatuses: readonly number[] = [404, 429];

/** docs/following.md. What is newer than this client is passed over. */
function readMessage(data: unknown): Message {
  const value = typeof data === "string" ? parseJson(data) : undefined;
  if (typeof value !== "object" || value === null) return { kind: "other" };
  const { type, flow, closesInSeconds, problem } = value as Readonly<Record<string, unknown>>;
  const closesInMs = typeof closesInSeconds === "number" ? early(closesInSeconds * 1000) : undefined;
  if (type === "flow" && isFlow(flow)) return { kind: "flow", flow, closesInMs };
  if (type === "changed") return { kind: "changed", closesInMs };
  if (type !== "problem") return { kind: "other" };
  const { status } = Object(problem) as { readonly status?: number };
  return { kind: "problem", isFinal: finalStatuses.includes(status ?? 0) };
}

/** Some time before it is closed by the other side, and not all at once where many began together. */
function early(milliseconds: number): number {
  return milliseconds * (0.9 + Math.random() / 20);
}
