import { type Servers, startServers } from "../support/servers.ts";
import { createBenchEngine } from "./engine.ts";
import type { EventSource } from "./event-source.ts";
import { createGlue } from "./glue.ts";
import { person, signUp } from "./sign-up.ts";

/** One of the two that are compared, on servers that both share. */
export interface Contender {
  accept(): Promise<unknown>;
  readonly sources: readonly EventSource[];
  /** Resolves when so many more jobs have ended. */
  ended(jobs: number): Promise<void>;
}

export interface Contenders {
  readonly servers: Servers;
  readonly ours: Contender;
  readonly glue: Contender;
}

/** Both contenders on new servers of their own for one measurement, which are stopped after it. */
export async function withContenders<Value>(
  measure: (contenders: Contenders) => Promise<Value>,
): Promise<Value> {
  const servers = await startServers();
  try {
    return await measure({
      servers,
      ours: await engineContender(servers),
      glue: await glueContender(servers),
    });
  } finally {
    await servers.stop();
  }
}

async function engineContender(servers: Servers): Promise<Contender> {
  const tally = createTally();
  const { producer, dispatch, jobs } = await createBenchEngine(servers, {
    log({ level, event, reason }) {
      if (event === "job.succeeded") tally.add();
      if (level === "warn") process.stderr.write(`${event}: ${reason}\n`);
    },
  });
  return {
    accept: () => producer.start(signUp, person),
    sources: [dispatch, ...jobs],
    ended: tally.reached,
  };
}

async function glueContender(servers: Servers): Promise<Contender> {
  const tally = createTally();
  const { accept, jobs } = await createGlue(servers, tally.add);
  return { accept, sources: jobs, ended: tally.reached };
}

interface Tally {
  add(): void;
  reached(count: number): Promise<void>;
}

function createTally(): Tally {
  let left = 0;
  let resolve = () => {};
  return {
    add() {
      left--;
      if (left === 0) resolve();
    },
    reached(count) {
      left = count;
      return new Promise((done) => {
        resolve = done;
      });
    },
  };
}
