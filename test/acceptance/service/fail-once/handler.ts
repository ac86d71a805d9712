import { type JobHandler, NotDoneError } from "../../../../shared/index.ts";

export const handle: JobHandler<unknown> = async (_input, { attempt }) => {
  if (attempt === 1) throw new NotDoneError("the first attempt fails");
  return { attempt };
};
