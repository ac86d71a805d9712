import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { CfnOutput, Duration } from "aws-cdk-lib/core";
import type { Construct } from "constructs";
import type { SocketVariables } from "../../functions/environment.ts";
import { NodeFunction } from "../constructs/node-function.ts";
import type { ServiceFolder } from "../service-folder.ts";
import type { DataResources } from "./data-stack.ts";
import { entryOf } from "./entry.ts";
import { allowKey, type FunctionOptions, functionProps } from "./function-options.ts";
import { allowLedger } from "./grants.ts";
import { SocketFront } from "./socket-front.ts";

export interface SocketProps {
  readonly service: ServiceFolder;
  readonly data: Pick<DataResources, "ledger">;
  readonly options: FunctionOptions;
}

/** A WebSocket API, and the function behind it. */
export interface SocketResources {
  readonly front: SocketFront;
  readonly function: IFunction;
}

/** `functions/socket` behind a WebSocket API; nothing where the target has none. */
export function createSocket(
  scope: Construct,
  id: string,
  { service, data, options }: SocketProps,
): SocketResources | undefined {
  if (!options.target.socket) return undefined;
  const front = new SocketFront(scope, `${id}Front`, options.target);
  const variables: SocketVariables = { LEDGER_TABLE: data.ledger.tableName, SOCKET_ENDPOINT: front.endpoint };
  const handler = new NodeFunction(scope, id, {
    ...entryOf(service, "socket"),
    ...functionProps(options, variables),
    // A client has given up by then.
    timeout: Duration.seconds(15),
  });
  // Subscriptions stand in the ledger's table.
  allowLedger(handler, data.ledger, "settle");
  front.allowPushing(handler);
  allowKey(handler, options);
  front.serve(handler);
  const description = "Where changes are told; a path is one of the emulator's endpoint";
  new CfnOutput(scope, "SocketUrl", { value: front.url, description });
  return { front, function: handler };
}
