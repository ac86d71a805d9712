import type { FaultName, LastingHours } from "../simulation/faults.ts";

/** A mistake that a naive version makes, as a patch of this one, and the worlds in which the simulation finds it. */
export interface Mutant {
  /** In a few words. */
  readonly mistake: string;
  readonly edits: readonly Edit[];
  readonly worlds: Worlds;
}

/** One place of a file. */
export interface Edit {
  /** Its path in the repository. */
  readonly file: string;
  /** What stands there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** Worlds of one seed after the other, until there were so many jobs. */
export interface Worlds {
  readonly seed: number;
  readonly jobs: number;
  readonly faults: readonly FaultName[];
  /** How long lasting faults are there. Default as their kinds say. */
  readonly hours?: LastingHours;
}
