import type { ApiGatewayManagementApiClient } from "@aws-sdk/client-apigatewaymanagementapi";
import type { PushConnection } from "./push-connection.ts";

/**
 * Connections that API Gateway keeps open, by its management API. `endpoint` is the stage's, by https:
 * `https://<api>.execute-api.<region>.amazonaws.com/<stage>`. The client is loaded when it is first used.
 */
export function createApigatewayPushConnection(endpoint: string): PushConnection & { destroy(): void } {
  let client: Promise<ApiGatewayManagementApiClient> | undefined;
  const load = async () => {
    client ??= createClient(endpoint);
    return { client: await client, sdk: await import("@aws-sdk/client-apigatewaymanagementapi") };
  };
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
      void client?.then((each) => each.destroy());
    },
  };
}

async function createClient(endpoint: string): Promise<ApiGatewayManagementApiClient> {
  const { ApiGatewayManagementApiClient } = await import("@aws-sdk/client-apigatewaymanagementapi");
  // A text that arrives twice does no harm: it has its flow's version. A silent answer is given up after 2 s.
  const requestHandler = { connectionTimeout: 2_000, socketTimeout: 2_000 };
  return new ApiGatewayManagementApiClient({ endpoint, maxAttempts: 3, requestHandler });
}

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
