import { devNull } from "node:os";

export const standInRegion = "us-east-1";
/** Of all emulators, where a key says nothing else. */
export const standInAccount = "000000000000";

/**
 * The AWS SDK's variables for a server that stands in for AWS. The shared files are out of reach: a profile or a key of
 * the user's own must not be used, nor their account be touched.
 */
export function standInVariables(endpoint: string) {
  return {
    AWS_REGION: standInRegion,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: "true",
    // For any service that has no stand-in: an error of a server here, never a call to the real one.
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
  } as const;
}

/** An environment without whatever the AWS SDK would read of it. */
export function withoutAws<Value>(environment: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("AWS_")));
}
