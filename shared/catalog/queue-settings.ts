import type { JobDefinition } from "./job.ts";

/**
 * The numbers that the formulas below start from. Everything else that lasts is derived from them and a job's own
 * timeout, in this file and nowhere else.
 */
export interface DurationProfile {
  /** A queue's visibility timeout as a multiple of its function's timeout. AWS asks for 6: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
  readonly visibilityFactor: number;
  readonly leastVisibilitySeconds: number;
  /** How far two workers' clocks may differ: a lease outlives its job's timeout by this. */
  readonly clockSkewSeconds: number;
  /** What a job's backoff is multiplied by. */
  readonly backoffScale: number;
  /** How long after it was armed a check is delivered: at most SQS's longest delay. */
  readonly checkDelaySeconds: number;
  /** For how long one turn of the dispatcher keeps other checks of the flow away. */
  readonly turnSeconds: number;
  /** After how long without a check an open flow has lost it: the status route and a replay of the request arm another. */
  readonly lostCheckSeconds: number;
  /** How long after a job could have run it is sent again although its queue isn't empty, once each. */
  readonly resendAfterSeconds: readonly number[];
  /** How long past a flow's deadline its jobs may still settle themselves. */
  readonly deadlineGraceSeconds: number;
  /** Bounds of a hold, which lasts a twelfth of what it waits for. */
  readonly hold: { readonly leastSeconds: number; readonly mostSeconds: number };
  /** How often one job may try whether a service that is down is back, and for how long a worker believes what it has read of that. */
  readonly breaker: { readonly probeSeconds: number; readonly cacheSeconds: number };
  /** What all times of a webhook's deliveries but a post's own are multiplied by. */
  readonly webhookScale: number;
}

/** The longest delay that SQS has for a message that is sent. */
export const longestDelaySeconds = 900;

const hour = 3600;
const day = 24 * hour;

/** What is deployed. */
export const standardProfile: DurationProfile = {
  visibilityFactor: 6,
  leastVisibilitySeconds: 120,
  clockSkewSeconds: 120,
  backoffScale: 1,
  checkDelaySeconds: longestDelaySeconds,
  turnSeconds: 600,
  lostCheckSeconds: hour,
  resendAfterSeconds: [hour, 4 * hour, 16 * hour, 64 * hour],
  deadlineGraceSeconds: 900,
  hold: { leastSeconds: 60, mostSeconds: hour },
  breaker: { probeSeconds: 60, cacheSeconds: 5 },
  webhookScale: 1,
};

/** The same formulas with short times, for one machine with one clock: a killed run goes on within seconds. */
export const shortProfile: DurationProfile = {
  visibilityFactor: 1,
  leastVisibilitySeconds: 5,
  clockSkewSeconds: 1,
  backoffScale: 0.1,
  checkDelaySeconds: 10,
  turnSeconds: 5,
  lostCheckSeconds: 30,
  resendAfterSeconds: [20, 80, 320, 1280],
  deadlineGraceSeconds: 10,
  hold: { leastSeconds: 1, mostSeconds: 60 },
  breaker: { probeSeconds: 1, cacheSeconds: 0.5 },
  webhookScale: 0.01,
};

export const durationProfiles = { standard: standardProfile, short: shortProfile } as const;

/** A flow's promise: every job has ended by then, or is closed. Within the queues' retention, so no message is lost before. */
export const flowDeadlineSeconds = 11 * day;
/** Payloads and ledger items outlive every message that can refer to them, dead letters and their redrive included. */
export const recordRetentionSeconds = 40 * day;

/** Beyond this an attempt is too costly to run twice for a duplicate delivery: the job takes a lease although it may repeat. */
export const leaseAlwaysAboveSeconds = 60;

/** What a job starts only with: its timeout and this, for the handler's grace and the settle. */
export const settleMarginSeconds = 5;

/**
 * The longest a message is hidden. SQS refuses what ends later than 12 hours after the receive, and the invocation that
 * hides it, of 15 minutes at most, has used some of them up.
 */
export const longestHideSeconds = 12 * hour - 900;

export interface QueueSettings {
  readonly functionTimeoutSeconds: number;
  readonly visibilityTimeoutSeconds: number;
  readonly leaseSeconds: number;
  readonly batchSize: number;
  readonly batchingWindowSeconds: number;
  readonly maximumConcurrency: number;
  readonly retentionSeconds: number;
  readonly deadLetterRetentionSeconds: number;
  /** After how many receives SQS itself sets a message aside; undefined: never. */
  readonly maxReceiveCount: number | undefined;
}

/** What the numbers of a queue follow from: a job's own, or the dispatcher's. */
export interface QueueLimits extends Pick<JobDefinition, "timeoutSeconds" | "workers"> {
  /** Whether a message that was received a thousand times is set aside. Default true. */
  readonly backstop?: boolean;
}

/**
 * A queue's numbers, from what a job says of itself (T = `timeoutSeconds`): function 2T + 5 s, so that a second job
 * can start when the first took its whole time; visibility 6 × that + the batching window, at least 120 s;
 * lease T + 2 minutes of clock skew.
 */
export function queueSettings(
  { timeoutSeconds, workers, backstop = true }: QueueLimits,
  profile: DurationProfile,
): QueueSettings {
  const functionTimeoutSeconds = 2 * timeoutSeconds + settleMarginSeconds;
  const batchingWindowSeconds = 0;
  return {
    functionTimeoutSeconds,
    visibilityTimeoutSeconds: Math.max(
      profile.leastVisibilitySeconds,
      profile.visibilityFactor * functionTimeoutSeconds + batchingWindowSeconds,
    ),
    leaseSeconds: timeoutSeconds + profile.clockSkewSeconds,
    // Ten messages a receive make a job cheap. A long job would only hold its batch mates back.
    batchSize: timeoutSeconds > leaseAlwaysAboveSeconds ? 1 : 10,
    batchingWindowSeconds,
    maximumConcurrency: workers,
    retentionSeconds: 12 * day,
    // A letter keeps its message's enqueue time, so it must be kept longer than the queue keeps a message.
    deadLetterRetentionSeconds: 14 * day,
    // A backstop that should never act on a job: holds, throttles and duplicates count as receives, attempts are counted in the ledger.
    maxReceiveCount: backstop ? 1000 : undefined,
  };
}

/**
 * The dispatcher counts as a job of 10 s. Its messages are the only start and check that a flow has, which nothing may take away:
 * a function that doesn't load receives one a thousand times in 41 hours, and what the engine can't read it sets aside itself.
 */
export const dispatcherLimits = {
  timeoutSeconds: 10,
  workers: 10,
  backstop: false,
} as const satisfies QueueLimits;

/** Pushes count as a job of 20 s. The messages of a batch are told side by side. */
export const notifyLimits = { timeoutSeconds: 20, workers: 10 } as const satisfies QueueLimits;

/** How long a webhook's receiver may take: standardwebhooks.com asks for 15 to 30 s. */
export const webhookPostSeconds = 15;
/** An answer that takes longer counts, and yet ties up whoever waits for it: as bad for others as none. */
export const webhookSlowSeconds = 5;
/** A post, with what is read before it and written after it: in less time none is begun. */
export const webhookPostRoomSeconds = webhookPostSeconds + 3;

/**
 * Webhooks count as a job that makes a post, its messages side by side as well. A batch ends with its slowest post, so there are more workers than
 * any other queue has; ten messages each, since where many hang batches are full: 500 posts at once, where one each would need 500 workers for that.
 * A probe is received at every turn, for days, and is all that what is parked has: no count of receives may take it away.
 */
export const webhookLimits = {
  timeoutSeconds: webhookPostSeconds + 5,
  workers: 50,
  backstop: false,
} as const satisfies QueueLimits;

/** How long to wait for something that has been missing for `ageSeconds`: a twelfth of it, within the profile's bounds. */
export function holdSeconds(ageSeconds: number, { hold }: DurationProfile): number {
  return Math.min(hold.mostSeconds, Math.max(hold.leastSeconds, ageSeconds / 12));
}

/** How long a job waits at the most after so many attempts that counted: its base, doubled for each, up to its maximum. */
export function longestBackoffSeconds(
  { backoff: { baseSeconds, maximumSeconds } }: Pick<JobDefinition, "backoff">,
  attempts: number,
  { backoffScale }: DurationProfile,
): number {
  return Math.min(maximumSeconds, baseSeconds * 2 ** attempts) * backoffScale;
}

/** How many attempts a job's promise counts: those that it has unless it asks for others. */
const promisedAttempts = 5;

/**
 * A job's own promise: how old its message may get while nothing is down and nothing is in its way. As long as its first
 * five attempts take, each ended the slowest way (the worker dies, and the message is back after its visibility timeout)
 * and followed by the longest backoff. What is older waits for something else: a free worker, or a service that fails. A
 * job that has more attempts than that, to outlast a bad night of its service, goes on by itself, but somebody should know.
 */
export function promisedSeconds(job: JobDefinition, profile: DurationProfile): number {
  const { visibilityTimeoutSeconds } = queueSettings(job, profile);
  const last = Math.min(job.attempts, promisedAttempts) - 1;
  let seconds = visibilityTimeoutSeconds;
  for (let attempts = 0; attempts < last; attempts++) {
    seconds += longestBackoffSeconds(job, attempts, profile) + visibilityTimeoutSeconds;
  }
  // Past its flow's deadline a job isn't run any more.
  return Math.min(seconds, flowDeadlineSeconds);
}

/**
 * The dispatcher's promise. Its oldest messages are checks, which nobody may receive before their delay is over; beyond
 * that a check has a turn's time, else a flow could end later than 40 minutes after its deadline.
 */
export function dispatchPromisedSeconds({ checkDelaySeconds, turnSeconds }: DurationProfile): number {
  return checkDelaySeconds + turnSeconds;
}

/** A notice waits an hour at the most between two tries: older, somebody should look why. */
export function noticePromisedSeconds({ hold }: DurationProfile): number {
  return hold.mostSeconds;
}

const minute = 60;

/** After which failed attempt of a webhook's delivery how long it waits, as Standard Webhooks publishes it; then it is given up. */
const webhookWaits = [
  ...[5, 5 * minute, 30 * minute],
  ...[2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour],
];

/** Up to a fifth longer, so that those who failed together don't come together. */
export const webhookJitter = 0.2;

/** How long a webhook waits after so many attempts that failed, before jitter; undefined where it is given up. */
export function webhookWaitSeconds(attempts: number, { webhookScale }: DurationProfile): number | undefined {
  const wait = webhookWaits[attempts - 1];
  return wait === undefined ? undefined : wait * webhookScale;
}

/** The rest of a webhook's times. */
export function webhookTimes({ webhookScale }: DurationProfile) {
  const all = webhookWaits.reduce((sum, wait) => sum + wait, 0);
  return {
    /** A longer wait isn't spent as a hidden message, of which a queue has 120 000 at the most. */
    longestHideSeconds: longestDelaySeconds * webhookScale,
    /** No longer than a receiver may ask for. */
    longestRetryAfterSeconds: 24 * hour * webhookScale,
    /** What one receiver's `Retry-After` keeps others that are parked for its URL waiting for at the most. */
    longestRestSeconds: 5 * minute * webhookScale,
    /** When a delivery is given up that has waited behind an endpoint that is down: as late as one that used all its attempts. */
    longestLifeSeconds: all * (1 + webhookJitter) * webhookScale,
    /** How long a worker may take from its word that it sends a probe's message to having sent it. */
    probeSendSeconds: Math.ceil(30 * webhookScale),
    /** By how much a probe may come too late. */
    probeSlackSeconds: minute * webhookScale,
    /** After how long a probe's message that should have come is taken for lost. */
    probeLostSeconds: hour * webhookScale,
    /** A queue keeps a message for 12 days, a parked delivery lives for 4 at the most: an older probe's message gets a successor in time. */
    probeLifeSeconds: 8 * day,
    /** How long a worker signs with the secret that it has read: a rotation reaches all of them within that time. */
    secretSeconds: minute * webhookScale,
  };
}
