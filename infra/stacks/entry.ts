import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeFunctionProps } from "../constructs/node-function.ts";
import type { ServiceFolder } from "../service-folder.ts";

/**
 * A function's folder in the service's: its entry, and the packages' files that its `bundle.json` names, by the folder beside the bundle
 * into which they are copied.
 */
export function entryOf(
  { directory }: Pick<ServiceFolder, "directory">,
  name: string,
): Required<Pick<NodeFunctionProps, "entry" | "files">> {
  const path = (file: string) => join(directory, name, file);
  const list = path("bundle.json");
  return { entry: path("lambda.ts"), files: existsSync(list) ? JSON.parse(readFileSync(list, "utf8")) : {} };
}
