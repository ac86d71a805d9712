/** What a command has to say. */
export interface Report {
  /** For people. */
  readonly text: string;
  /** For scripts. */
  readonly json: unknown;
  /** Whether all that was asked for is done. */
  readonly done: boolean;
}
