/**
 * A receiver of webhooks, with nothing but Node and the reference library:
 *
 *     WEBHOOK_SECRET=whsec_… PORT=8443 node examples/webhook-receiver.ts
 *
 * TLS ends in front of it.
 */
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env["WEBHOOK_SECRET"] ?? "");
/** Those of five minutes would do, the age that the library takes; in your database, where there are several of you. */
const known = new Set<string>();

const server = createServer(async (request, response) => {
  // The bytes as they came: parsed and written again, JSON may be another text.
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const id = String(request.headers["webhook-id"]);
  try {
    const event = webhook.verify(Buffer.concat(chunks), request.headers as Record<string, string>) as {
      type: "flow.succeeded" | "flow.failed";
      data: { id: string };
    };
    if (!known.has(id)) process.stdout.write(`${event.data.id}: ${event.type}\n`);
    known.add(id);
    // At once: what takes longer than a moment belongs behind the answer.
    response.writeHead(204).end();
  } catch {
    response.writeHead(400).end();
  }
});

server.listen(Number(process.env["PORT"] ?? 8443), "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`listening on ${typeof address === "object" ? address?.port : address}\n`);
});
process.once("SIGTERM", () => server.close());
