import { createServer } from "node:http";
import { SSMClient } from "@aws-sdk/client-ssm";
import { close, LOCAL_CLIENT, listen } from "./loopback.ts";

/**
 * The two operations of the Parameter Store that the product uses, on loopback, as AWS documents them: none of the servers in this process has them.
 * The acceptance suite meets an emulator's.
 */
export async function startParameterStore() {
  const parameters = new Map<
    string,
    { readonly Value: string; readonly Type: string; readonly Version?: number }
  >();
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const operation = String(request.headers["x-amz-target"]).replace("AmazonSSM.", "");
      const input = JSON.parse(body) as Readonly<Record<string, unknown>>;
      const [status, output] = answer(operation, input);
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(output));
    });
  });

  function answer(operation: string, input: Readonly<Record<string, unknown>>): readonly [number, object] {
    const name = String(input["Name"]);
    const found = parameters.get(name);
    if (operation === "GetParameter") {
      if (!found) return [400, { __type: "ParameterNotFound" }];
      // A SecureString that nobody asked to decrypt is its ciphertext.
      const Value = input["WithDecryption"] === true ? found.Value : "AQICAHh";
      return [200, { Parameter: { Name: name, ...found, Value } }];
    }
    if (operation !== "PutParameter") return [400, { __type: "InvalidAction" }];
    if (found && input["Overwrite"] !== true) return [400, { __type: "ParameterAlreadyExists" }];
    const Version = (found?.Version ?? 0) + 1;
    parameters.set(name, { Value: String(input["Value"]), Type: String(input["Type"]), Version });
    return [200, { Version }];
  }

  const endpoint = `http://127.0.0.1:${await listen(server)}`;
  const client = new SSMClient({ ...LOCAL_CLIENT, endpoint });
  return {
    client,
    parameters,
    async stop() {
      client.destroy();
      await close(server);
    },
  };
}
