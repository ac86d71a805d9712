import { join } from "node:path";
import { startDynamodbServer } from "./dynamodb-server.ts";
import { type MailServer, startMailServer } from "./mail-server.ts";
import { startSqsS3Server } from "./sqs-s3-server.ts";

/** What stands in for AWS and for a mail server, on loopback ports of their own, all state on disk. */
export interface Servers {
  readonly mail: MailServer;
  /** Of SQS and of S3. */
  readonly sqsS3Endpoint: string;
  readonly dynamodbEndpoint: string;
  endLongPolls(): void;
  stop(): Promise<void>;
}

export async function startServers(stateDirectory: string): Promise<Servers> {
  const [sqsS3, dynamodb, mail] = await Promise.all([
    startSqsS3Server(join(stateDirectory, "sqs-s3")),
    startDynamodbServer(join(stateDirectory, "dynamodb")),
    startMailServer({ directory: join(stateDirectory, "mail") }),
  ]);
  return {
    mail,
    sqsS3Endpoint: sqsS3.endpoint,
    dynamodbEndpoint: dynamodb.endpoint,
    endLongPolls: sqsS3.endLongPolls,
    async stop() {
      await Promise.all([sqsS3.stop(), dynamodb.stop(), mail.close()]);
    },
  };
}
