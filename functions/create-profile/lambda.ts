import { createS3FileStore, dynamodbClient, s3Client, sqsWorker } from "../../shared/aws/index.ts";
import { createEngine } from "../engine.ts";
import { readEnvironment } from "../environment.ts";
import { createDynamodbProfiles } from "./dynamodb-profiles.ts";
import { createHandler } from "./handler.ts";
import { createProfile } from "./job.ts";

export const handler = sqsWorker(createProfile, () => {
  const environment = readEnvironment();
  const profiles = createDynamodbProfiles({
    client: dynamodbClient(),
    tableName: environment.required("PROFILES_TABLE"),
  });
  const files = createS3FileStore({ client: s3Client, bucket: environment.required("FILES_BUCKET") });
  return { ...createEngine(environment), handler: createHandler({ profiles, files }) };
});
