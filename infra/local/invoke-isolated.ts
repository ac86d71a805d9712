import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { InvocationReply, InvocationRequest } from "./invocation-message.ts";
import type { Invoker } from "./invoker.ts";

const entry = fileURLToPath(new URL("./isolated-worker.ts", import.meta.url));

/** A child that dies sooner than this isn't replaced before there is work for another: it may never start. */
const leastLifeMs = 1000;

/**
 * Runs a function in a child process: one process for all of its copies, not one a copy as Lambda does, since two dozen
 * of 90 MB each are much for a laptop. So a child that dies takes all running invocations of its function with it;
 * their messages come back, as from a crashed Lambda, and another child takes its place.
 */
export function createIsolatedInvoker(directory: string, name: string): Invoker {
  let stopping = false;
  let child = start();

  function start(): Worker {
    const startedAt = performance.now();
    return startWorker([name, directory], () => {
      if (!stopping && performance.now() - startedAt > leastLifeMs) child = start();
    });
  }

  return {
    async invoke(event, deadline) {
      if (!child.alive()) child = start();
      return child.run(event, deadline);
    },
    async stop() {
      stopping = true;
      await child.stop();
    },
  };
}

interface Worker {
  alive(): boolean;
  run(event: InvocationRequest["event"], deadline: number): Promise<unknown>;
  stop(): Promise<void>;
}

function startWorker(args: readonly string[], onExit: () => void): Worker {
  const child = fork(entry, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  let last = 0;
  child.on("message", (reply: InvocationReply) => {
    const invocation = pending.get(reply.id);
    if ("answer" in reply) invocation?.resolve(JSON.parse(reply.answer));
    else invocation?.reject(new Error(reply.error));
  });
  // "exit" doesn't come where the process couldn't be started at all.
  const failAll = (reason: string) => {
    for (const invocation of pending.values()) invocation.reject(new Error(reason));
  };
  child.on("error", (error) => failAll(`the worker's process failed: ${error.message}`));
  child.on("exit", (code, signal) => {
    failAll(`the worker's process ended (${signal ?? `exit code ${code}`})`);
    onExit();
  });

  return {
    alive: () => child.connected,
    async run(event, deadline) {
      const id = ++last;
      const invocation = Promise.withResolvers<unknown>();
      pending.set(id, invocation);
      // What blocks its event loop can't be asked to stop. Lambda ends a function that is past its time, too.
      const timer = setTimeout(() => child.kill("SIGKILL"), deadline - Date.now());
      child.send({ id, event, deadline } satisfies InvocationRequest, (error) => {
        if (error) invocation.reject(error);
      });
      try {
        return await invocation.promise;
      } finally {
        clearTimeout(timer);
        pending.delete(id);
      }
    },
    stop: () => endChild(child),
  };
}

/** It ends when its parent hangs up; one that can't hear that is killed after two seconds. */
async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill("SIGKILL"), 2000);
  await ended;
  clearTimeout(timer);
}
