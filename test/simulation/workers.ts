import type { JobDefinition } from "../../shared/catalog/job.ts";
import {
  dispatcherLimits,
  notifyLimits,
  queueSettings,
  standardProfile,
  webhookLimits,
} from "../../shared/catalog/queue-settings.ts";
import { createConsumer } from "../../shared/consumer/consumer.ts";
import { createDispatcher } from "../../shared/dispatcher/dispatcher.ts";
import { createPushWorker } from "../../shared/notification/push-worker.ts";
import type { MemoryQueue } from "../../shared/queue/memory-queue.ts";
import { dispatchQueue, notifyQueue, webhookQueue } from "../../shared/queue/queue.ts";
import { createWebhookWorker } from "../../shared/webhook/webhook-worker.ts";
import type { Channels } from "./channels.ts";
import { asOlder, type Deploy, isSame } from "./deploys.ts";
import type { Effects } from "./effects.ts";
import { type BatchEnd, createEventSource, type Worker } from "./event-source.ts";
import { catalog, refuseAll } from "./jobs.ts";
import { createProcess, type SimulatedProcess, type Surroundings } from "./process.ts";
import { reachedPorts, type Services } from "./reached-ports.ts";

export interface WorkersOptions {
  readonly services: Services;
  readonly surroundings: Surroundings;
  readonly queue: MemoryQueue;
  readonly effects: Effects;
  readonly channels: Channels;
  readonly deployed: (name: string) => Deploy;
}

type Work = Worker["work"];

/** All functions behind queues, each in as many copies as it has workers. */
export function startWorkers(options: WorkersOptions) {
  const { services, surroundings, queue, effects, channels, deployed } = options;
  const { clock, spawn } = surroundings;
  const { poll, overruns } = createEventSource(queue, clock);
  const troubles = createTroubles(clock);

  function starting(name: string, load: (process: SimulatedProcess, deploy: Deploy) => Work) {
    return (): Worker => {
      const process = createProcess(surroundings);
      const deploy = deployed(name);
      const work = load(process, deploy);
      return {
        process,
        isOutdated: () => !isSame(deploy, deployed(name)),
        work: (batch, remaining) =>
          work(deploy.newer ? batch.map((message) => asOlder.message(message)) : batch, remaining),
      };
    };
  }

  const dispatcher = starting(dispatchQueue, (process, deploy) => {
    const { process: work } = createDispatcher(reachedPorts(services, process, deploy));
    return (batch) => work(batch);
  });
  for (let copy = 0; copy < 2; copy++) {
    spawn(poll(dispatchQueue, queueSettings(dispatcherLimits, standardProfile), dispatcher, troubles.note));
  }
  const pusher = starting(notifyQueue, (process, deploy) => {
    const ports = { ...reachedPorts(services, process, deploy), push: channels.pushOf(process) };
    const { process: work } = createPushWorker(ports);
    return (batch) => work(batch);
  });
  const webhooks = starting(webhookQueue, (process, deploy) => {
    const ports = {
      ...reachedPorts(services, process, deploy),
      channel: channels.webhooksOf(process),
      defaults: [],
    };
    const { process: work } = createWebhookWorker(ports);
    return (batch) => work(batch);
  });
  for (let copy = 0; copy < 2; copy++) {
    spawn(poll(notifyQueue, queueSettings(notifyLimits, standardProfile), pusher));
    spawn(poll(webhookQueue, queueSettings(webhookLimits, standardProfile), webhooks));
  }
  for (const job of catalog.jobs.values()) {
    const consumer = starting(job.name, (process, deploy) => {
      const ports = reachedPorts(services, process, deploy);
      const handler = effects.handlerOf(job, process);
      return createConsumer({ ...ports, job: deploy.refusing ? refusing(job) : job, handler }).process;
    });
    for (let copy = 0; copy < job.workers; copy++) {
      spawn(poll(job.name, queueSettings(job, standardProfile), consumer));
    }
  }
  return { overruns, troubles: troubles.since };
}

function refusing(job: JobDefinition): JobDefinition {
  return { ...job, input: refuseAll };
}

/** How often a flow's check died or failed, and when: what its end may come later for. */
function createTroubles(clock: Surroundings["clock"]) {
  const times = new Map<string, number[]>();

  function note({ batch, failed, paused }: BatchEnd): void {
    // As long as a check that died is hidden for.
    const deaths = Math.ceil(paused / 150_000);
    for (const { id, attributes } of batch) {
      const count = deaths + (!failed || failed.includes(id) ? 1 : 0);
      const flow = String(attributes["flow"]);
      for (let index = 0; index < count; index++) times.set(flow, [...(times.get(flow) ?? []), clock.now()]);
    }
  }

  return {
    note,
    since: (flow: string, time: number) => (times.get(flow) ?? []).filter((at) => at >= time).length,
  };
}
