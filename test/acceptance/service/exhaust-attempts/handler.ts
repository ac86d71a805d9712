import { type JobHandler, NotDoneError } from "../../../../shared/index.ts";

export const handle: JobHandler<unknown> = async (_input, { attempt }) => {
  throw new NotDoneError(`attempt ${attempt} fails`);
};
