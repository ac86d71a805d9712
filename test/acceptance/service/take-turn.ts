import { setTimeout as pause } from "node:timers/promises";
import type { JobHandler } from "../../../shared/index.ts";

export const handle: JobHandler<{ readonly milliseconds: number }> = async ({ milliseconds }, { signal }) => {
  const from = Date.now();
  await pause(milliseconds, undefined, { signal });
  return { from, to: Date.now() };
};
