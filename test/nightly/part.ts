/** Where a part of the nightly run says what it found, a line for each check. */
export interface Report {
  passed(line: string): void;
  failed(line: string): void;
  /** With the reason. */
  skipped(line: string): void;
}

/** A part of the nightly run. It throws where it can't be run at all, also soon after the signal was given. */
export type Part = (report: Report, signal: AbortSignal) => Promise<void>;
