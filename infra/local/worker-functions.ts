import {
  type Catalog,
  type DurationProfile,
  dispatcherLimits,
  dispatchQueue,
  notifyLimits,
  notifyQueue,
  type QueueSettings,
  queueSettings,
  webhookLimits,
  webhookQueue,
} from "../../shared/index.ts";

/** A function with a queue of its own: both, and the function's folder, have one name. */
export interface WorkerFunction {
  readonly name: string;
  readonly settings: QueueSettings;
}

/** The dispatcher, those that tell of flows, and a function for each job of the catalog. */
export function workerFunctions(catalog: Catalog, profile: DurationProfile): readonly WorkerFunction[] {
  return [
    { name: dispatchQueue, settings: queueSettings(dispatcherLimits, profile) },
    { name: notifyQueue, settings: queueSettings(notifyLimits, profile) },
    { name: webhookQueue, settings: queueSettings(webhookLimits, profile) },
    ...[...catalog.jobs.values()].map((job) => ({ name: job.name, settings: queueSettings(job, profile) })),
  ];
}
