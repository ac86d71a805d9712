import { exampleCurl } from "../example-curl.ts";
import type { Servers } from "./servers.ts";

/** What a newcomer reads first: where it listens, a line to try, and where to look at what came of it. */
export function welcome(port: number, stateDirectory: string, servers: Servers): string {
  const url = `http://127.0.0.1:${port}`;
  return `Errand is listening on ${url}

Sign up at ${url}/ or by a line in a shell:

  ${exampleCurl(url)}

  mails     ${url}/_local/mail
  receipts  ${url}/_local/files
  queues    ${url}/_local/queues
  flow      curl ${url}/flows/<id> -H 'authorization: Bearer <token>', both from the answer
  state     ${stateDirectory} (SQS and S3: ${servers.sqsS3Endpoint}, DynamoDB: ${servers.dynamodbEndpoint})

Ctrl-C stops it. From here on, a line for each step of a flow:

`;
}
