import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { ListQueuesCommand } from "@aws-sdk/client-sqs";
import { afterAll, expect, test } from "@jest/globals";
import { finished, signUp } from "../support/embedded.ts";
import { startSmtpService } from "../support/mail-services.ts";
import { serveTests } from "../support/serve-tests.ts";
import { startServers } from "../support/servers.ts";

const [servers, smtp] = await Promise.all([startServers(), startSmtpService()]);
const { awsEndpoint, dynamodbEndpoint } = servers;
const service = await serveTests(
  ...["--smtp", `smtp://127.0.0.1:${smtp.port}/`, "--sqs", `${awsEndpoint}/`],
  ...["--s3", awsEndpoint, "--dynamodb", dynamodbEndpoint],
);
afterAll(() => Promise.all([servers.stop(), smtp.stop()]));

test("servers that are there already are used instead of the stand-ins", async () => {
  const accepted = await signUp(service, { email: "zoe@example.com", name: "Zoë" });
  expect((await finished(service, accepted)).status).toBe("succeeded");
  expect(smtp.mails).toHaveLength(1);
  expect(await service.json("/_local/mail")).toEqual([]);
  const { Items } = await servers.dynamodb.send(new ScanCommand({ TableName: "profiles" }));
  expect(Items?.map(({ id }) => id?.S)).toEqual(["zoe@example.com"]);
  const { Contents } = await servers.s3.send(new ListObjectsV2Command({ Bucket: "files" }));
  expect(Contents?.map(({ Key }) => Key)).toEqual([`${accepted.flow.id}/render-receipt/0/receipt.pdf`]);
  const { QueueUrls } = await servers.sqs.send(new ListQueuesCommand({ QueueNamePrefix: "dispatch" }));
  expect(QueueUrls).toHaveLength(2);
}, 20_000);
