import type { SQSEvent } from "aws-lambda";

/** Runs a function, wherever that is. */
export interface Invoker {
  /**
   * One invocation: answers what the function answers.
   * @throws whatever it throws; and Error when it hasn't answered by `deadline` (ms since 1970), or its process ended.
   */
  invoke(event: SQSEvent, deadline: number): Promise<unknown>;
  /** Ends the function's process, where it has one. Running invocations are for the caller to wait for. */
  stop(): Promise<void>;
}
