import { expect, jest, test } from "@jest/globals";

/** Makes the first load of a module fail; the next ones get these names. */
function failFirstLoad(module: string, names: object): void {
  let loads = 0;
  jest.unstable_mockModule(module, () => {
    if (++loads === 1) throw new Error(`${module}: not to be read just now`);
    return names;
  });
}

class Client {
  async send(): Promise<void> {}
}
class Command {}

failFirstLoad("@aws-sdk/client-s3", { S3Client: Client });
failFirstLoad("../../shared/secret/ssm-parameters.ts", { SSMClient: Client });
failFirstLoad("@aws-sdk/client-apigatewaymanagementapi", {
  ApiGatewayManagementApiClient: Client,
  PostToConnectionCommand: Command,
  DeleteConnectionCommand: Command,
});
const { s3Client, ssmClient } = await import("../../shared/aws/clients.ts");
const { createApigatewayPushConnection } = await import(
  "../../functions/socket/apigateway-push-connection.ts"
);

test.each([
  ["S3", s3Client],
  ["the Parameter Store", ssmClient],
])(
  "a client of %s that couldn't be loaded is loaded when it is next asked for, and kept",
  async (_, client) => {
    await expect(client()).rejects.toThrow("not to be read just now");
    const loaded = await client();
    expect(loaded).toBeInstanceOf(Client);
    expect(await client()).toBe(loaded);
  },
);

test("a text that wasn't pushed, since the client couldn't be loaded, is no end of pushing", async () => {
  const push = createApigatewayPushConnection("https://example.com");
  await expect(push.post("a", "hi")).rejects.toThrow("not to be read just now");
  expect(await push.post("a", "hi")).toBe(true);
});
