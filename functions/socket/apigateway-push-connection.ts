import type { ApiGatewayManagementApiClient } from "@aws-sdk/client-apigatewaymanagementapi";
import { onceReady } from "../../shared/index.ts";
import type { PushConnection } from "./push-connection.ts";

/**
 * Connections that API Gateway keeps open, by its management API. `endpoint` is the stage's, by https:
 * `https://<api>.execute-api.<region>.amazonaws.com/<stage>`. The client is loaded when it is first used.
 */
export function createApigatewayPushConnection(endpoint: string): PushConnection & { destroy(): void } {
  let made: ApiGatewayManagementApiClient | undefined;
  const load = onceReady(async () => {
    const sdk = await import("@aws-sdk/client-apigatewaymanagementapi");
    made = new sdk.ApiGatewayManagementApiClient({ endpoint, ...limits });
    return { client: made, sdk };
  });
  return {
    async post(connection, text) {
      const { client, sdk } = await load();
      return unlessGone(
        client.send(new sdk.PostToConnectionCommand({ ConnectionId: connection, Data: Buffer.from(text) })),
      );
    },
    async close(connection) {
      const { client, sdk } = await load();
      await unlessGone(client.send(new sdk.DeleteConnectionCommand({ ConnectionId: connection })));
    },
    destroy() {
      made?.destroy();
    },
  };
}

/** A text that arrives twice does no harm: it has its flow's version. A silent answer is given up after 2 s. */
const limits = { maxAttempts: 3, requestHandler: { connectionTimeout: 2_000, socketTimeout: 2_000 } };

/** 410 by its status: emulators leave the error's name out. */
async function unlessGone(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    const { name, $metadata } = Object(error) as { name?: string; $metadata?: { httpStatusCode?: number } };
    if (name === "GoneException" || $metadata?.httpStatusCode === 410) return false;
    throw error;
  }
}
