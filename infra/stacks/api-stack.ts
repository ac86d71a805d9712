import { fileURLToPath } from "node:url";
import { CfnOutput, Duration, Stack, type StackProps } from "aws-cdk-lib/core";
import type { Construct } from "constructs";
import type { ApiVariables } from "../../functions/environment.ts";
import { dispatchQueue } from "../../shared/index.ts";
import type { JobQueue } from "../constructs/job-queue.ts";
import { NodeFunction } from "../constructs/node-function.ts";
import type { ServiceFolder } from "../service-folder.ts";
import { createFront, type Front } from "./api-front.ts";
import type { DataResources } from "./data-stack.ts";
import { entryOf } from "./entry.ts";
import { allowKey, engineVariables, type FunctionOptions, functionProps } from "./function-options.ts";
import { allowFiles, allowLedger, allowPayloads, allowSending, allowUploads } from "./grants.ts";
import type { SocketFront } from "./socket-front.ts";

export interface ApiStackProps extends StackProps {
  readonly service: ServiceFolder;
  readonly data: DataResources;
  readonly dispatch: JobQueue;
  readonly options: FunctionOptions;
  /** Where changes are told. Default nowhere. */
  readonly socket?: Pick<SocketFront, "url"> | undefined;
  /** Whether there are endpoints that are told of every flow's end. */
  readonly tellsDefaults: boolean;
  readonly rules?: ApiRules;
}

/** Whom the API lets in. */
export interface ApiRules {
  /** Whose pages may call it: `https://app.example.com`. Default none but its own. */
  readonly corsOrigins?: readonly string[];
  /** Requests a second of one client, of which one that starts work counts as five. Default 10. */
  readonly clientRatePerSecond?: number;
}

/** In a process of its own: esbuild's other API blocks, and bundling can't wait. */
const writePage = fileURLToPath(new URL("../page/write-page.ts", import.meta.url));

/** `functions/api`, and what of API Gateway is in front of it. */
export class ApiStack extends Stack {
  readonly function: NodeFunction;
  readonly front: Front;

  constructor(
    scope: Construct,
    id: string,
    { service, data, dispatch, socket, options, tellsDefaults, rules = {}, ...props }: ApiStackProps,
  ) {
    super(scope, id, props);
    const { corsOrigins = [], clientRatePerSecond = 10 } = rules;
    const variables: ApiVariables = {
      ...engineVariables(this, data, { [dispatchQueue]: dispatch.queue.queueUrl }),
      FILES_BUCKET: data.files.bucketName,
      UPLOADS_BUCKET: data.uploads.bucketName,
      CLIENT_RATE_PER_SECOND: String(clientRatePerSecond),
      ...(socket ? { SOCKET_URL: socket.url } : {}),
      ...(tellsDefaults ? { DEFAULT_WEBHOOKS: "told" } : {}),
      ...(corsOrigins.length > 0 ? { CORS_ORIGINS: corsOrigins.join(",") } : {}),
    };
    this.function = new NodeFunction(this, "Api", {
      ...entryOf(service, "api"),
      ...functionProps(options, variables),
      addToBundle: (directory) => [`"${process.execPath}" "${writePage}" "${directory}"`],
      // API Gateway waits for 29 or 30 s; an answer after that is for nobody.
      timeout: Duration.seconds(28),
    });
    const api = this.function;
    allowLedger(api, data.ledger, "record");
    allowPayloads(api, data.payloads, "write");
    allowSending(api, [dispatch.queue]);
    // A file's URL is signed by this function, and opens what the function itself may read.
    allowFiles(api, data.files, "read");
    allowUploads(api, data.uploads);
    allowKey(api, options);

    this.front = createFront(this, "Front", { handler: api, target: options.target });
    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    output("ApiUrl", this.front.url, "Where the API answers; a path is one of the emulator's endpoint");
    output("ApiId", this.front.apiId, "The API's id in API Gateway");
  }
}
