import { hunt } from "../mutants/hunt.ts";
import { mutants } from "../mutants/mutants.ts";
import type { Part } from "./part.ts";

/** Whether the simulation finds the mistakes of a naive version, each made in a copy of the engine, and none without them. */
export const mistakes: Part = async (report, signal) => {
  for (const { mistake, edits, worlds } of mutants) {
    signal.throwIfAborted();
    const without = await hunt([], worlds, signal);
    const found = await hunt(edits, worlds, signal);
    if (without !== undefined) report.failed(`broken without a mistake (${mistake}): ${without}`);
    else if (found === undefined) report.failed(`not found: ${mistake}`);
    else report.passed(`found: ${mistake}: ${found}`);
  }
};
