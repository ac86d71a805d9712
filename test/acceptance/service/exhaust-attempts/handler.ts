import type { JobHandler } from "../../../../shared/index.ts";

export const handle: JobHandler<unknown> = async (_input, { attempt }) => {
  throw new Error(`attempt ${attempt} fails`);
};
