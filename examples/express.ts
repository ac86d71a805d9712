/**
 * The same in Express, with a single job instead of a flow:
 *
 *     LEDGER_TABLE=… PAYLOAD_BUCKET=… DISPATCH_QUEUE_URL=… PORT=8080 node examples/express.ts
 */
import express from "express";
import { catalog } from "../functions/catalog.ts";
import { sendWelcomeEmail } from "../functions/send-welcome-email/job.ts";
import { awsProducer } from "../shared/aws/index.ts";
import { InvalidInputError, UnavailableError } from "../shared/index.ts";

const producer = awsProducer({
  catalog,
  ledgerTable: process.env["LEDGER_TABLE"] ?? "",
  payloadBucket: process.env["PAYLOAD_BUCKET"] ?? "",
  dispatchQueueUrl: process.env["DISPATCH_QUEUE_URL"] ?? "",
});

const app = express().use(express.json());

app.post("/welcome", async (request, response) => {
  const idempotencyKey = request.get("Idempotency-Key");
  try {
    const { flow, replayed } = await producer.push(sendWelcomeEmail, request.body, {
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
    response.status(202).json({ flow: flow.id, replayed });
  } catch (error) {
    if (error instanceof InvalidInputError) response.status(422).json({ errors: error.violations });
    else if (error instanceof UnavailableError)
      response.status(503).json({ repeatWith: error.idempotencyKey });
    else throw error;
  }
});

const server = app.listen(Number(process.env["PORT"] ?? 8080), "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`listening on ${typeof address === "object" ? address?.port : address}\n`);
});
process.once("SIGTERM", () => server.close());
