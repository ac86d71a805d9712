import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeFunctionProps } from "../constructs/node-function.ts";
import type { ServiceFolder } from "../service-folder.ts";

/** What a bundle is made of beside its code. */
type Bundle = Required<Pick<NodeFunctionProps, "files" | "packages">>;

/**
 * A function's folder in the service's: its entry, and what its `bundle.json` names: packages' files, by the folder beside the bundle
 * into which they are copied, and whole packages.
 */
export function entryOf(
  { directory }: Pick<ServiceFolder, "directory">,
  name: string,
): Required<Pick<NodeFunctionProps, "entry">> & Bundle {
  const path = (file: string) => join(directory, name, file);
  const list = path("bundle.json");
  const bundle: Partial<Bundle> = existsSync(list) ? JSON.parse(readFileSync(list, "utf8")) : {};
  return { entry: path("lambda.ts"), files: bundle.files ?? {}, packages: bundle.packages ?? [] };
}
