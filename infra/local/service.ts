import { existsSync } from "node:fs";
import { join } from "node:path";
import type { HttpHandler } from "../../functions/api/http.ts";
import type { PageSource } from "../../functions/api/page.ts";
import type { Environment } from "../../functions/environment.ts";
import type { PushConnection } from "../../functions/socket/push-connection.ts";
import type { SocketHandler } from "../../functions/socket/socket.ts";
import type { SqsFunction } from "../../shared/aws/index.ts";
import { importFrom, loadServiceFolder, type ServiceFolder } from "../service-folder.ts";
import { StartError } from "./start-error.ts";

/** A folder in the shape of `functions/`, of which only the parts that every service has are named here. */
export interface Service extends ServiceFolder {
  /** Its API. What is imported for it may read the environment, so only now. */
  createApi(environment: Environment, options: ApiOptions): Promise<HttpHandler>;
  /** Its WebSocket, over connections that are kept elsewhere. */
  createSocket(environment: Environment, connections: PushConnection): Promise<SocketHandler>;
}

interface ApiOptions {
  /** Where its page comes from. */
  readonly page: PageSource;
}

interface ApiWiring {
  createApiFromEnvironment(environment: Environment, options: ApiOptions): HttpHandler;
}

interface SocketWiring {
  createSocketFromEnvironment(
    environment: Environment,
    options: { readonly connections: PushConnection },
  ): SocketHandler;
}

/**
 * The service in a folder.
 * @throws StartError where there is none.
 */
export async function loadService(folder: string): Promise<Service> {
  if (!existsSync(join(folder, "catalog.ts"))) {
    throw new StartError(`--service: a folder with a catalog.ts, got ${folder}`);
  }
  const service = await loadServiceFolder(folder);
  return {
    ...service,
    async createApi(environment, options) {
      const wiring = await importFrom<ApiWiring>(
        service.directory,
        "api/wiring.ts",
        "createApiFromEnvironment",
      );
      return wiring.createApiFromEnvironment(environment, options);
    },
    async createSocket(environment, connections) {
      const wiring = await importFrom<SocketWiring>(
        service.directory,
        "socket/wiring.ts",
        "createSocketFromEnvironment",
      );
      return wiring.createSocketFromEnvironment(environment, { connections });
    },
  };
}

/** The handler of the entry that is deployed, `<service>/<name>/lambda.ts`. */
export async function functionHandler(directory: string, name: string): Promise<SqsFunction> {
  const entry = await importFrom<{ handler: SqsFunction }>(directory, `${name}/lambda.ts`, "handler");
  return entry.handler;
}
