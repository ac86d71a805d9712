import { createS3FileStore, s3Client, sqsWorker } from "../../shared/aws/index.ts";
import { createEngine } from "../engine.ts";
import { readEnvironment } from "../environment.ts";
import { createS3Uploads } from "../s3-uploads.ts";
import { createHandler } from "./handler.ts";
import { resizeAvatar } from "./job.ts";

export const handler = sqsWorker(resizeAvatar, () => {
  const environment = readEnvironment();
  const uploads = createS3Uploads({ client: s3Client, bucket: environment.required("UPLOADS_BUCKET") });
  const files = createS3FileStore({ client: s3Client, bucket: environment.required("FILES_BUCKET") });
  return { ...createEngine(environment), handler: createHandler({ uploads, files }) };
});
