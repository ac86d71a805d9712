import { type AsyncHook, createHook, type HookCallbacks } from "node:async_hooks";
import type { Server, Socket } from "node:net";
import { relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { EnvironmentContext, JestEnvironmentConfig } from "@jest/environment";
import type { Circus } from "@jest/types";
import { TestEnvironment } from "jest-environment-node";

/** What `process._getActiveHandles()` may return; each kind is told by the members that it alone has. */
type Handle = Partial<Pick<Server, "address" | "close" | "listening">> &
  Partial<Pick<Socket, "remotePort" | "localPort" | "destroy">> & {
    fd?: number;
    spawnfile?: string;
    pid?: number;
    kill?: (signal: string) => void;
    closeAllConnections?: () => void;
  };

/** Closing takes a few turns of the event loop; what is still there after this long was forgotten. */
const GRACE_MS = 1000;

/**
 * A jest environment in which a test file turns red when it leaves a server, socket, child process or timer behind.
 * An environment and not an `afterAll` of a setup file, because jest runs hooks in the order of their definition:
 * such a hook would come before the `afterAll` in which the test file closes its servers. Whatever leaked is
 * closed here, so that it neither hangs the run nor reaches the next file.
 */
export default class FailOnLeaks extends TestEnvironment {
  readonly #file: string;
  readonly #timers = trackTimers();
  #handlesBefore: Handle[] = [];

  constructor(config: JestEnvironmentConfig, context: EnvironmentContext) {
    super(config, context);
    this.#file = relative(config.globalConfig.rootDir, context.testPath);
  }

  override async setup(): Promise<void> {
    await super.setup();
    this.#handlesBefore = activeHandles();
    this.#timers.hook.enable();
  }

  async handleTestEvent(event: Circus.Event, state: Circus.State): Promise<void> {
    if (event.name !== "run_finish") return;
    this.#timers.hook.disable();
    const leaks = await untilNoneOrGraceIsOver(() => [...this.#leakedHandles(), ...this.#timers.active()]);
    if (leaks.length === 0) return;
    for (const { end } of leaks) end();
    const error = new Error(`${this.#file} left open: ${leaks.map(({ name }) => name).join("; ")}`);
    error.stack = error.message; // this file's frames would only distract
    state.unhandledErrors.push(error);
  }

  #leakedHandles(): Leak[] {
    const left = activeHandles().filter((handle) => !this.#handlesBefore.includes(handle));
    return left.map((handle) => ({ name: describe(handle), end: () => end(handle) }));
  }
}

interface Leak {
  name: string;
  end: () => void;
}

async function untilNoneOrGraceIsOver(find: () => Leak[]): Promise<Leak[]> {
  const start = performance.now();
  let leaks = find();
  while (leaks.length > 0 && performance.now() - start < GRACE_MS) {
    await sleep(5);
    leaks = find();
  }
  return leaks;
}

/** Handles that keep the process alive: an HTTP client's idle keep-alive sockets, for one, don't. */
function activeHandles(): Handle[] {
  // Undocumented, but there since Node 0.x; the documented getActiveResourcesInfo() tells kinds and nothing else.
  const { _getActiveHandles } = process as unknown as { _getActiveHandles: () => Handle[] };
  return _getActiveHandles().filter((handle) => !isStandardStream(handle));
}

/** A test that reads or writes them opens them for the whole process. */
function isStandardStream(handle: Handle): boolean {
  return handle.fd !== undefined && handle.fd >= 0 && handle.fd <= 2;
}

function describe(handle: Handle): string {
  if (handle.spawnfile !== undefined) return `child process ${handle.pid} (${handle.spawnfile})`;
  if (handle.listening) return `a server on ${formatAddress(handle.address?.())}`;
  if (handle.remotePort !== undefined)
    return `a socket from port ${handle.localPort} to ${handle.remotePort}`;
  return `a ${handle.constructor.name}`;
}

function formatAddress(address: ReturnType<Server["address"]> | undefined): string {
  return typeof address === "object" && address !== null
    ? `${address.address}:${address.port}`
    : `${address}`;
}

function end(handle: Handle): void {
  handle.kill?.("SIGKILL");
  handle.closeAllConnections?.();
  if (handle.listening) handle.close?.();
  handle.destroy?.();
}

/**
 * Notes every timer with the place that set it; `active` are those neither fired nor cleared nor unref'd.
 * Promises are left out: with them, 1 million awaits took 366 ms instead of 185 [measured]; Node before 24.16 ignores
 * the option and is that much slower.
 */
function trackTimers(): { hook: AsyncHook; active: () => Leak[] } {
  const timers: { timer: WeakRef<NodeJS.Timeout>; setIn: string }[] = [];
  const callbacks: HookCallbacks & { trackPromises: boolean } = {
    trackPromises: false,
    init(_id, type, _trigger, timer) {
      if (type !== "Timeout") return;
      timers.push({ timer: new WeakRef(timer as NodeJS.Timeout), setIn: callerOf(new Error().stack ?? "") });
    },
  };
  const active = () =>
    timers.flatMap(({ timer: reference, setIn }) => {
      const timer = reference.deref() as (NodeJS.Timeout & { _destroyed: boolean }) | undefined;
      if (timer === undefined || timer._destroyed || !timer.hasRef()) return [];
      return [{ name: `a timer set in ${setIn}`, end: () => clearTimeout(timer) }];
    });
  return { hook: createHook(callbacks), active };
}

/** The first function of ours in a stack; without its line, which is that of the transpiled text. */
function callerOf(stack: string): string {
  const frames = stack.split("\n").slice(2);
  const ours = frames.find((frame) => /\.[jt]s/.test(frame) && !/node_modules|node:/.test(frame));
  return (ours ?? frames.at(-1) ?? "")
    .replace(/^\s*at /, "")
    .replace(/(file:\/\/)?([^ (]+?):\d+:\d+/, (_, __, path) => relative(process.cwd(), path));
}
