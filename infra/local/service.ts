import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { HttpHandler } from "../../functions/api/http.ts";
import type { Environment } from "../../functions/environment.ts";
import type { SqsFunction } from "../../shared/aws/index.ts";
import type { Catalog } from "../../shared/index.ts";
import { StartError } from "./start-error.ts";

/** A folder in the shape of `functions/`, of which only the parts that every service has are named here. */
export interface Service {
  /** Absolute. */
  readonly directory: string;
  readonly catalog: Catalog;
  /** Its API. What is imported for it may read the environment, so only now. */
  createApi(environment: Environment): Promise<HttpHandler>;
}

interface ApiWiring {
  createApiFromEnvironment(environment: Environment): HttpHandler;
}

/**
 * Imports a service's catalog: `catalog.ts` of the folder.
 * @throws StartError where there is none.
 */
export async function loadService(folder: string): Promise<Service> {
  const directory = resolve(folder);
  if (!existsSync(join(directory, "catalog.ts"))) {
    throw new StartError(`--service: a folder with a catalog.ts, got ${folder}`);
  }
  const { catalog } = await importFrom<{ catalog: Catalog }>(directory, "catalog.ts", "catalog");
  return {
    directory,
    catalog,
    async createApi(environment) {
      const wiring = await importFrom<ApiWiring>(directory, "api/wiring.ts", "createApiFromEnvironment");
      return wiring.createApiFromEnvironment(environment);
    },
  };
}

/** The handler of the entry that is deployed, `<service>/<name>/lambda.ts`. */
export async function functionHandler(directory: string, name: string): Promise<SqsFunction> {
  const entry = await importFrom<{ handler: SqsFunction }>(directory, `${name}/lambda.ts`, "handler");
  return entry.handler;
}

/** What a module exports by that name has the type that every service gives it; only whether it is there can be seen. */
async function importFrom<Module>(directory: string, path: string, name: keyof Module): Promise<Module> {
  const file = join(directory, path);
  const module: unknown = await import(pathToFileURL(file).href);
  if (typeof module === "object" && module !== null && name in module) return module as Module;
  throw new Error(`${file}: exports \`${String(name)}\``);
}
