import type { Breaker } from "../../shared/breaker/breaker.ts";
import type { FlowDefinition } from "../../shared/catalog/flow.ts";
import {
  dispatcherLimits,
  notifyLimits,
  type QueueLimits,
  queueSettings,
  standardProfile,
  webhookLimits,
} from "../../shared/catalog/queue-settings.ts";
import { createMemoryPayloadStore } from "../../shared/claim-check/memory-payload-store.ts";
import { fraction } from "../../shared/clock/entropy.ts";
import { createSeededEntropy } from "../../shared/clock/seeded-entropy.ts";
import { createVirtualClock } from "../../shared/clock/virtual-clock.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import type { Log } from "../../shared/log/event.ts";
import { createMemoryQueue, type MemoryQueue } from "../../shared/queue/memory-queue.ts";
import {
  deadLetterQueue,
  dispatchQueue,
  notifyQueue,
  type QueueName,
  webhookQueue,
} from "../../shared/queue/queue.ts";
import { createChannels } from "./channels.ts";
import { createClients } from "./clients.ts";
import { createDeploys } from "./deploys.ts";
import { createEffects } from "./effects.ts";
import { createFaults, type FaultName, type Faults, type LastingHours } from "./faults.ts";
import { catalog, signUp } from "./jobs.ts";
import { observeTable } from "./observed-table.ts";
import { createPausing } from "./pausing.ts";
import type { Surroundings } from "./process.ts";
import { createThrottle, type Services } from "./reached-ports.ts";
import { createRedriving } from "./redriving.ts";
import { crashed, replayOf } from "./replay.ts";
import { startWorkers } from "./workers.ts";

export interface WorldOptions {
  readonly seed: number;
  readonly faults: readonly FaultName[];
  /** Default one to six, in one of ten worlds thirty, by the seed. */
  readonly flows?: number;
  /** What is started. Default a sign-up. */
  readonly flow?: FlowDefinition;
  /** How long a lasting fault is there, from the start. Default as its kind says, some time in the first minutes. */
  readonly hours?: LastingHours;
  /** Default nowhere. */
  readonly log?: Log;
  /** How many messages of a queue may be in flight. Default SQS's quota. */
  readonly inFlight?: number;
}

const noticeQueues = [notifyQueue, webhookQueue];
const names = [dispatchQueue, ...catalog.jobs.keys(), ...noticeQueues];
const day = 24 * 3600 * 1000;

/**
 * The real engine over memory adapters on a virtual clock: clients sign up, event sources poll, processes die, operators redrive.
 * @throws Error with the command that runs the world again, where it couldn't be run to its end.
 */
export async function runWorld(options: WorldOptions) {
  try {
    return await runToTheEnd(options);
  } catch (error) {
    throw crashed(error, replayOf({ ...options, switches: options.faults }));
  }
}

async function runToTheEnd(options: WorldOptions) {
  const { seed, faults: switches, hours = {}, flow = signUp } = options;
  const entropy = createSeededEntropy(seed);
  const clock = createVirtualClock();
  const began = clock.now();
  const faults = createFaults(switches, { clock, entropy, hours });
  const { promise: crash, reject } = Promise.withResolvers<never>();
  const spawn = (work: Promise<unknown>) => void work.catch(reject);
  const surroundings = { clock, entropy, faults, spawn };
  const flows = options.flows ?? flowsOf(fraction(entropy));

  const queue = createQueue(surroundings, options.inFlight);
  const table = observeTable(createMemoryTable(), clock);
  const services = createServices(surroundings, { queue, table, log: options.log });
  const redriving = createRedriving({ services, surroundings, queue, table });
  const pausing = createPausing(services, surroundings);
  const { hasEnded, hasRunEnded } = table;
  const effects = createEffects({ ...surroundings, hasEnded: hasRunEnded, pausedSince: pausing.since });
  // Who tells is the first to get a newer deploy: draws less, so that worlds in which nobody is told stay as they were.
  const late = names.filter((name) => !noticeQueues.includes(name));
  const deployed = createDeploys(faults, entropy, ["api", ...late]);
  const channels = createChannels(surroundings);
  const { overruns, troubles } = startWorkers({ services, surroundings, queue, effects, channels, deployed });
  const clients = createClients(services, surroundings, {
    ...{ flow, hasEnded, mayReopen: redriving.isOn },
    ...{ deployed: () => deployed("api"), watch: channels.watch },
  });
  clients.comeAll(flows);
  spawn(redriving.work());
  spawn(pausing.work());

  const isDone = () =>
    !clients.isWaiting() &&
    !redriving.isBusy() &&
    table.openFlows() === 0 &&
    names.every((name) => queue.nextVisibleAt(name) === undefined);
  async function toTheEnd(): Promise<boolean> {
    await Promise.race([crash, clock.run({ done: isDone, limit: clock.now() + 13 * day })]);
    return isDone();
  }
  const done = (await toTheEnd()) && (await redriving.redriveWhatIsLeft(toTheEnd));
  const { sent, noticed } = services;
  return {
    ...{ seed, switches, hours, began, names, done, now: clock.now() },
    ...{ table, effects, channels, queue, faults, sent, noticed, overruns, troubles },
    ...{ accepted: clients.accepted, redriven: redriving.redriven, isWished: redriving.isWished },
    letters: [...catalog.jobs.keys()].flatMap((name) => queue.messages(deadLetterQueue(name))),
  };
}

export type World = Awaited<ReturnType<typeof runWorld>>;

function flowsOf(drawn: number): number {
  return drawn < 0.1 ? 30 : Math.ceil(drawn * 6);
}

function createServices(
  { clock, entropy, faults }: Surroundings,
  { log = () => {}, ...servers }: Pick<Services, "queue" | "table"> & { readonly log: Log | undefined },
): Services {
  const throttle = () => createThrottle(faults, clock, entropy);
  return {
    ...{ clock, entropy, faults, log, ...servers },
    breakers: createMemoryTable<Breaker>(),
    store: createMemoryPayloadStore(),
    sent: new Map(),
    noticed: new Set(),
    lostChecks: new Set(),
    refusals: { table: throttle(), queue: throttle(), store: throttle() },
  };
}

function createQueue({ clock, entropy, faults }: Surroundings, inFlight?: number): MemoryQueue {
  const settingsOf = (name: QueueName) => queueSettings(limitsOf(name), standardProfile);
  const { retentionSeconds, deadLetterRetentionSeconds } = settingsOf(dispatchQueue);
  return createMemoryQueue({
    queues: names.flatMap((name) => [name, deadLetterQueue(name)]),
    ...{ clock, entropy, hostility: hostilityOf(faults) },
    limits: {
      ...(inFlight === undefined ? {} : { inFlight }),
      retentionSeconds: (name: QueueName) =>
        names.includes(name) ? retentionSeconds : deadLetterRetentionSeconds,
      maxReceiveCount: (name) => (names.includes(name) ? settingsOf(name).maxReceiveCount : undefined),
    },
  });
}

function limitsOf(name: QueueName): QueueLimits {
  if (name === webhookQueue) return webhookLimits;
  return catalog.jobs.get(name) ?? (name === notifyQueue ? notifyLimits : dispatcherLimits);
}

function hostilityOf({ likelihood }: Faults) {
  return {
    duplicate: likelihood("duplicate"),
    expire: likelihood("expire"),
    delay: likelihood("delay"),
    reorder: likelihood("reorder") > 0,
  };
}
