import { createS3FileStore, s3Client, sqsWorker } from "../../shared/index.ts";
import { createEngine } from "../engine.ts";
import { readEnvironment } from "../environment.ts";
import { createHandler } from "./handler.ts";
import { renderReceipt } from "./job.ts";

export const handler = sqsWorker(renderReceipt, async () => {
  const environment = readEnvironment();
  const files = createS3FileStore({ client: await s3Client(), bucket: environment.required("FILES_BUCKET") });
  return { ...createEngine(environment), handler: createHandler({ files }) };
});
