import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, type QueueAttributeName, SQSClient } from "@aws-sdk/client-sqs";
import { buildApp } from "fauxqs";
import { LOCAL_CLIENT, LOOPBACK } from "./loopback.ts";

export interface AwsServer {
  sqs: SQSClient;
  s3: S3Client;
  /** Of SQS and S3 alike. */
  awsEndpoint: string;
  /** Creates a queue and returns its URL. */
  createQueue: (name: string, attributes?: Partial<Record<QueueAttributeName, string>>) => Promise<string>;
  createBucket: (name: string) => Promise<void>;
  /** Destroys the clients and closes the server; resolves when no handle is left. */
  stop: () => Promise<void>;
}

/** SQS and S3 in memory on a free loopback port, by fauxqs. */
export async function startAwsServer(): Promise<AwsServer> {
  // Not its `startFauxqs`, which listens on all interfaces.
  const app = buildApp({ logger: false });
  const awsEndpoint = await app.listen({ port: 0, host: LOOPBACK });
  const sqs = new SQSClient({ ...LOCAL_CLIENT, endpoint: awsEndpoint });
  const s3 = new S3Client({ ...LOCAL_CLIENT, endpoint: awsEndpoint, forcePathStyle: true });
  return {
    sqs,
    s3,
    awsEndpoint,
    createQueue: async (name, attributes = {}) => {
      const { QueueUrl } = await sqs.send(
        new CreateQueueCommand({ QueueName: name, Attributes: attributes }),
      );
      if (QueueUrl === undefined) throw new Error(`the queue ${name} was created without a URL`);
      return QueueUrl;
    },
    createBucket: async (name) => {
      await s3.send(new CreateBucketCommand({ Bucket: name }));
    },
    stop: async () => {
      sqs.destroy();
      s3.destroy();
      await app.close();
    },
  };
}
