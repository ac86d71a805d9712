import type { JobHandler } from "../../../../shared/index.ts";

export const handle: JobHandler<unknown> = async (_input, { attempt }) => {
  // As a worker that runs out of memory: nothing of the process gets to say a word.
  if (attempt === 1) process.kill(process.pid, "SIGKILL");
  return { attempt };
};
