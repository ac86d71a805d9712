import { followSocket } from "./follow-socket.ts";
import { browserNetwork, type Network, Nudge, type WatchTimes } from "./patience.ts";
import { pollFlow, type WatchFailure } from "./poll-flow.ts";
import type { WatchedFlow } from "./watched-flow.ts";

/** How a flow is followed at the moment. */
export type WatchMode = "socket" | "polling" | "offline";

/** By the name of the event. */
export interface FlowEvents {
  /** The flow has changed; the first view is a change too. */
  change: CustomEvent<WatchedFlow>;
  /** Each of its jobs has ended: the last event, after the `change` that says how. */
  end: CustomEvent<WatchedFlow>;
  /** Something failed. It is tried again unless `detail.final`, after which nothing comes. */
  error: CustomEvent<WatchFailure>;
  mode: CustomEvent<WatchMode>;
}

export interface FlowWatcherOptions {
  /** Where the flow's status is: the `Location` of the answer that started it. Relative to the page, or absolute. */
  readonly statusUrl: string;
  /** The token of that answer. */
  readonly token: string;
  /** The field `socket` of that answer. Default none: its status is asked for. Relative to `statusUrl`, or absolute. */
  readonly socketUrl?: string | undefined;
  /** Aborts as `close` does. */
  readonly signal?: AbortSignal;
  /** Default: 1 s after a failure, doubling to 30 s; 15 s for an answer, 30 s between heartbeats and in quiet times. */
  readonly times?: Partial<WatchTimes>;
  /** Default the browser's. */
  readonly network?: Network;
}

interface FlowEventTarget extends EventTarget {
  addEventListener<Type extends keyof FlowEvents>(
    type: Type,
    listener: (event: FlowEvents[Type]) => void,
    options?: Parameters<EventTarget["addEventListener"]>[2],
  ): void;
  addEventListener(...listener: Parameters<EventTarget["addEventListener"]>): void;
}

const FlowEventTarget = EventTarget as { new (): FlowEventTarget; prototype: FlowEventTarget };

/**
 * Follows a flow from its start to its end, for a page or any program with `fetch` and `EventTarget`. It begins by itself:
 * add the listeners in the same turn.
 *
 *     const watcher = new FlowWatcher({ statusUrl: `/flows/${flow.id}`, token });
 *     watcher.addEventListener("change", ({ detail }) => render(detail.jobs));
 *     watcher.addEventListener("end", ({ detail }) => say(detail.status));
 */
export class FlowWatcher extends FlowEventTarget {
  /** Resolves when nothing more will come: after the end, a final error, or `close`. */
  readonly stopped: Promise<void>;
  #flow: WatchedFlow | undefined;
  #mode: WatchMode | undefined;
  #live = false;
  readonly #closing = new AbortController();

  constructor(options: FlowWatcherOptions) {
    super();
    this.stopped = this.#watch(options);
  }

  /** The newest view; undefined before the first. */
  get flow(): WatchedFlow | undefined {
    return this.#flow;
  }

  /** Undefined before anything is known. */
  get mode(): WatchMode | undefined {
    return this.#mode;
  }

  /** Stops watching: no more events and no more requests. */
  close(): void {
    this.#closing.abort();
  }

  async #watch({ statusUrl, token, socketUrl, signal, ...options }: FlowWatcherOptions) {
    // A turn for whoever has just made this to add listeners.
    await Promise.resolve();
    if (signal?.aborted) this.close();
    signal?.addEventListener("abort", () => this.close(), { signal: this.#closing.signal });
    const { network = browserNetwork() } = options;
    const nudge = new Nudge();
    const common = { token, network, times: { ...defaultTimes, ...options.times } };
    const sink = {
      seen: (flow: WatchedFlow) => this.#see(flow),
      failed: (failure: WatchFailure) => this.#tell("error", failure),
      // While a WebSocket is there, that is how it is followed, whatever becomes of a look at the status.
      mode: (mode: WatchMode) => this.#switch(this.#live ? "socket" : mode),
      live: (live: boolean) => {
        this.#live = live;
        this.#switch(live ? "socket" : "polling");
        // What it may have missed, and from now on by asking.
        if (!live) nudge.give();
      },
      stale: () => nudge.give(),
    };
    const polling = pollFlow(
      { ...common, statusUrl, live: () => this.#live, nudge },
      sink,
      this.#closing.signal,
    );
    if (socketUrl !== undefined) {
      const url = socketAddress(socketUrl, statusUrl);
      // With the id that the first answer has: who can't be told that needs no WebSocket.
      this.addEventListener(
        "change",
        ({ detail: { id } }) => {
          void followSocket({ ...common, url, flow: id }, sink, this.#closing.signal);
        },
        { once: true },
      );
    }
    await polling;
    this.close();
  }

  #see(flow: WatchedFlow): void {
    if (!isNewer(flow, this.#flow)) return;
    this.#flow = flow;
    this.#tell("change", flow);
    if (flow.status === "running" || this.#closing.signal.aborted) return;
    this.#tell("end", flow);
    this.close();
  }

  #switch(mode: WatchMode): void {
    if (mode === this.#mode) return;
    this.#mode = mode;
    this.#tell("mode", mode);
  }

  #tell<Type extends keyof FlowEvents>(type: Type, detail: FlowEvents[Type]["detail"]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

const defaultTimes: WatchTimes = {
  ...{ retryMs: 1000, mostRetryMs: 30_000, answerMs: 15_000 },
  ...{ heartbeatMs: 30_000, quietMs: 30_000 },
};

/** A WebSocket's URL, by the same names as the status: where that is by TLS, so is this. */
function socketAddress(socketUrl: string, statusUrl: string): string {
  const { document } = globalThis as { readonly document?: { readonly baseURI: string } };
  const url = new URL(socketUrl, new URL(statusUrl, document?.baseURI));
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}

/** Views of a service that counts no versions come one after another, so that another one is a newer one. */
function isNewer(flow: WatchedFlow, known: WatchedFlow | undefined): boolean {
  if (!known) return true;
  if (flow.version !== undefined && known.version !== undefined) return flow.version > known.version;
  return JSON.stringify(flow) !== JSON.stringify(known);
}
