import { createS3FileStore, s3Client, sqsWorker } from "../../shared/aws/index.ts";
import { createEngine } from "../engine.ts";
import { readEnvironment } from "../environment.ts";
import { createHandler } from "./handler.ts";
import { renderReceipt } from "./job.ts";

export const handler = sqsWorker(renderReceipt, () => {
  const environment = readEnvironment();
  const files = createS3FileStore({ client: s3Client, bucket: environment.required("FILES_BUCKET") });
  return { ...createEngine(environment), handler: createHandler({ files }) };
});
