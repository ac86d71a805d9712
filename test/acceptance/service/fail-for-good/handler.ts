import { type JobHandler, PermanentError } from "../../../../shared/index.ts";

export const handle: JobHandler<unknown> = async (_input, { run }) => {
  if (run === 0) throw new PermanentError("nothing can mend this");
};
