import { flowDeadlineSeconds } from "../../shared/catalog/queue-settings.ts";
import { type Entropy, fraction } from "../../shared/clock/entropy.ts";
import type { Surroundings } from "./process.ts";

const minute = 60_000;
const hour = 60 * minute;

/**
 * All that can go wrong, each a switch of its own. `each` is how likely it is at every occasion; what `lasts` has one
 * occasion in a run, so that it doesn't always hide the others.
 */
const kinds = {
  /** A process dies before a call of a port or after it: nothing of it runs on, no `finally` and no `catch`. */
  crash: { each: 0.01 },
  /** A call fails without effect. */
  error: { each: 0.01 },
  /** A call is refused, and so is every other to the same service for up to five seconds. */
  throttle: { each: 0.002 },
  /** A call takes effect and its answer is lost: an SDK's client repeats it, an effect that isn't repeatable is unknown. */
  lostAnswer: { each: 0.01 },
  /** A process stands still for up to five minutes. */
  pause: { each: 0.002 },
  /** A process's clock is two minutes off, fast or slow: two may differ by four. */
  skew: { each: 0.3 },
  /** Of a send's messages some fail, the others arrive. */
  partialSend: { each: 0.03 },
  /** A message on a job's queue is gone: purged by hand, or deleted by a worker of long ago. */
  lose: { each: 0.02 },
  /** A flow's check is gone, and with it who mends the flow: until its caller repeats the request. */
  loseCheck: { each: 0.02 },
  /** The queue delivers a message twice. */
  duplicate: { each: 0.1 },
  /** A copy of a job's message comes hours later, when its job may have ended or been redriven. */
  straggle: { each: 0.01 },
  /** A received message is visible again before its time. */
  expire: { each: 0.05 },
  /** A message comes up to a minute later than it could. */
  delay: { each: 0.1 },
  /** The messages of a receive come in any order. */
  reorder: { each: 1 },
  /** A handler's service refuses it before anything happened. */
  notDone: { each: 0.03 },
  /** A handler's service asks for half a minute. */
  retryAfter: { each: 0.02 },
  /** A handler's service asks for up to three days. */
  longWait: { each: 0.003 },
  /** A job can't be done, ever. */
  permanent: { each: 0.02 },
  /** A handler takes up to twice its time. */
  slow: { each: 0.05 },
  /** A slip that nobody classified, in a handler's last line. */
  slip: { each: 0.01 },
  /** A job kills its process, each time that it is run. */
  poison: { each: 0.005 },
  /** A caller repeats its request although it has its 202. */
  replay: { each: 0.25 },
  /** An input is larger than any message. */
  large: { each: 0.001 },
  /** An operator redrives a failed job by its letter, with our own tool. */
  redriven: { each: 0.5 },
  /** An operator moves a failed job's letter back to its queue, with SQS's own redrive. */
  movedBack: { each: 0.3 },
  /** A caller asks to be told of its flow's end. */
  asked: { each: 0.5 },
  /** Somebody watches a flow, from some time on. */
  watched: { each: 0.3 },
  /** A caller asks for its flow's status, now and then: where the flow has lost its check, that arms another. */
  looked: { each: 0.3 },
  /** A webhook isn't told: its receiver fails, asks for half a minute, or takes too long. */
  webhookFails: { each: 0.1 },
  /** The payload store is out of reach. */
  storeDown: { each: 0.5, lasts: 30 * minute },
  /** A job's queue refuses what is sent: a grant is lost, a key disabled. */
  queueRefusing: { each: 0.5, lasts: 2 * hour },
  /** No webhook can be told, and nobody who watches. */
  channelsDown: { each: 0.5, lasts: 2 * hour },
  /** The mail service is down for all. */
  mailDown: { each: 0.5, lasts: 2 * hour },
  /** The mail service answers nobody, whatever it did. */
  mailUnknown: { each: 0.5, lasts: 20 * minute },
  /** A deploy rolls out that writes a newer envelope: function after function reads both from then on. */
  newerDeploy: { each: 0.5, lasts: hour },
  /** A deploy whose schemas refuse what was accepted, until the next one. */
  badDeploy: { each: 0.5, lasts: hour },
  /** An operator pauses a job, and its queue is read on, as after a deploy. */
  jobPaused: { each: 0.5, lasts: 2 * hour },
} as const satisfies Readonly<Record<string, { readonly each: number; readonly lasts?: number }>>;

export type FaultName = keyof typeof kinds;
export type LastingFault = {
  [Name in FaultName]: (typeof kinds)[Name] extends { lasts: number } ? Name : never;
}[FaultName];
export type MomentaryFault = Exclude<FaultName, LastingFault>;

export const faultNames = Object.keys(kinds) as readonly FaultName[];

/** What strikes at a process or at its calls, of which there are thousands in a run. */
export const atCalls: readonly FaultName[] = ["crash", "error", "throttle", "lostAnswer", "pause", "skew"];

export function isLasting(name: FaultName): name is LastingFault {
  return "lasts" in kinds[name];
}

export const lastingFaults = faultNames.filter(isLasting);

export function isFaultName(text: string): text is FaultName {
  return Object.hasOwn(kinds, text);
}

/** What goes wrong in one run. */
export interface Faults {
  /** Whether a fault happens here and now. Counted. */
  strikes(name: MomentaryFault): boolean;
  /** How likely a fault is: 0 where it is switched off. For who draws by itself. */
  likelihood(name: MomentaryFault): number;
  /** Whether a fault is there at the moment. */
  lasts(name: LastingFault): boolean;
  /** How much of a fault's time is over: a fraction of 1, less than 0 before it, undefined where it is switched off. */
  progress(name: LastingFault): number | undefined;
  /** From when to when a fault is there, ms since 1970; undefined where it doesn't come. Counted. */
  span(name: LastingFault): { readonly from: number; readonly to: number } | undefined;
  /** How often each fault happened; a lasting one that was met counts once. */
  readonly counts: Map<FaultName, number>;
}

/**
 * The faults of one run. A lasting fault begins within the first three minutes; one of `hours` begins at once and lasts as
 * long as that says.
 */
export function createFaults(
  switches: readonly FaultName[],
  { clock, entropy, hours = {} }: Pick<Surroundings, "clock" | "entropy"> & { readonly hours?: LastingHours },
): Faults {
  const counts = new Map<FaultName, number>();
  const on = new Set<FaultName>(switches);
  const gaps = new Map<MomentaryFault, number>();
  const spans = new Map(
    lastingFaults
      .filter((name) => on.has(name))
      .flatMap((name) => spanOf(name, clock.now(), entropy, hours[name])),
  );
  const count = (name: FaultName) => counts.set(name, (counts.get(name) ?? 0) + 1);
  const likelihood = (name: MomentaryFault) => (on.has(name) ? kinds[name].each : 0);

  /** How many occasions pass before the next strike: one draw a strike, where one an occasion took a third of the time. */
  const gap = (name: MomentaryFault) =>
    Math.floor(Math.log(1 - fraction(entropy)) / Math.log(1 - kinds[name].each));

  function progress(name: LastingFault): number | undefined {
    const span = spans.get(name);
    if (!span) return undefined;
    const passed = (clock.now() - span.from) / span.length;
    if (passed >= 0 && !counts.has(name)) count(name);
    return passed;
  }

  return {
    counts,
    likelihood,
    progress,
    span(name) {
      const span = spans.get(name);
      if (span && !counts.has(name)) count(name);
      return span && { from: span.from, to: span.from + span.length };
    },
    strikes(name) {
      if (!on.has(name)) return false;
      const left = gaps.get(name) ?? gap(name);
      gaps.set(name, left > 0 ? left - 1 : gap(name));
      if (left > 0) return false;
      count(name);
      return true;
    },
    lasts(name) {
      const passed = progress(name);
      return passed !== undefined && passed >= 0 && passed < 1;
    },
  };
}

/** From when a lasting fault is there, and for how long; nothing where it doesn't come. */
function spanOf(name: LastingFault, now: number, entropy: Entropy, hours: number | undefined) {
  if (hours !== undefined) return [[name, { from: now, length: hours * hour }] as const];
  const { each, lasts } = kinds[name];
  const from = now + fraction(entropy) * 3 * minute;
  return fraction(entropy) < each ? [[name, { from, length: lasts }] as const] : [];
}

/** For how many hours from the start a lasting fault is there. */
export type LastingHours = Readonly<Partial<Record<LastingFault, number>>>;

/** Whether one of them is there for as long as a flow may take. */
export function reachesDeadline(hours: LastingHours): boolean {
  return Object.values(hours).some((given) => given >= flowDeadlineSeconds / 3600);
}
