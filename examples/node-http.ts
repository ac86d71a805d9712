/**
 * A server of your own that starts flows, with nothing but Node:
 *
 *     LEDGER_TABLE=… PAYLOAD_BUCKET=… DISPATCH_QUEUE_URL=… PORT=8080 node examples/node-http.ts
 */
import { createServer, type IncomingMessage } from "node:http";
import { catalog } from "../functions/catalog.ts";
import { signUp } from "../functions/sign-up.ts";
import { awsProducer } from "../shared/aws/index.ts";
import { InvalidInputError, UnavailableError } from "../shared/index.ts";

const producer = awsProducer({
  catalog,
  ledgerTable: process.env["LEDGER_TABLE"] ?? "",
  payloadBucket: process.env["PAYLOAD_BUCKET"] ?? "",
  dispatchQueueUrl: process.env["DISPATCH_QUEUE_URL"] ?? "",
});

const server = createServer(async (request, response) => {
  const answer = (status: number, body: unknown) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (request.method !== "POST" || request.url !== "/join") return answer(404, { error: "POST /join" });
  try {
    const { flow, token } = await producer.start(signUp, await readJson(request));
    answer(202, { flow: flow.id, token });
  } catch (error) {
    if (error instanceof InvalidInputError) return answer(422, { errors: error.violations });
    if (error instanceof UnavailableError) return answer(503, { repeatWith: error.idempotencyKey });
    answer(400, { error: "a JSON body" });
  }
});

server.listen(Number(process.env["PORT"] ?? 8080), "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`listening on ${typeof address === "object" ? address?.port : address}\n`);
});
process.once("SIGTERM", () => server.close());

// The producer checks the input against the flow's schema, so that nothing has to be known about it here.
async function readJson(request: IncomingMessage) {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}
