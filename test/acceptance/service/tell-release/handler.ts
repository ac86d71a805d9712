import { setTimeout as pause } from "node:timers/promises";
import type { JobHandler } from "../../../../shared/index.ts";
import { release } from "./release.ts";

/** Long enough that a deploy finds some of it under way. */
const milliseconds = 250;

export const handle: JobHandler<unknown> = async (_input, { signal }) => {
  await pause(milliseconds, undefined, { signal });
  return { release };
};
