import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Catalog } from "../shared/index.ts";

/** A service: a folder in the shape of `functions/`, with a catalog and a folder for each function. */
export interface ServiceFolder {
  /** Absolute. */
  readonly directory: string;
  readonly catalog: Catalog;
}

/** Imports a service's catalog: `catalog.ts` of the folder. */
export async function loadServiceFolder(folder: string): Promise<ServiceFolder> {
  const directory = resolve(folder);
  const { catalog } = await importFrom<{ catalog: Catalog }>(directory, "catalog.ts", "catalog");
  return { directory, catalog };
}

/**
 * A module of a service. What it exports by that name has the type that every service gives it; only whether it is there
 * can be seen.
 */
export async function importFrom<Module>(
  directory: string,
  path: string,
  name: keyof Module,
): Promise<Module> {
  const file = join(directory, path);
  const module: unknown = await import(pathToFileURL(file).href);
  if (typeof module === "object" && module !== null && name in module) return module as Module;
  throw new Error(`${file}: exports \`${String(name)}\``);
}
