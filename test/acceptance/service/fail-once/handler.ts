import type { JobHandler } from "../../../../shared/index.ts";

export const handle: JobHandler<unknown> = async (_input, { attempt }) => {
  if (attempt === 1) throw new Error("the first attempt fails");
  return { attempt };
};
