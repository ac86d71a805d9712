import { type InputOf, type JobHandler, OutageError } from "../../../../shared/index.ts";
import { needService } from "./job.ts";

export const handle: JobHandler<InputOf<typeof needService>> = async ({ upAt }) => {
  if (Date.now() < upAt) throw new OutageError("the service is down", needService.name);
};
