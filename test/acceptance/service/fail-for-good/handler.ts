import { type JobHandler, PermanentError } from "../../../../shared/index.ts";

export const handle: JobHandler<unknown> = async () => {
  throw new PermanentError("nothing can mend this");
};
