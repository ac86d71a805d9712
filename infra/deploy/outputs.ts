import { existsSync, readFileSync } from "node:fs";
import { parse, record, string } from "valibot";
import { DeployError } from "./deploy-error.ts";

/** What the stacks say of themselves, of all stacks together. */
export type Outputs = Readonly<Record<string, string>>;

/**
 * Reads what `cdk deploy --outputs-file` wrote.
 * @throws DeployError where there is no such file, or where a stack in it is named otherwise than by `prefix`.
 */
export function readOutputs(file: string, prefix = ""): Outputs {
  if (!existsSync(file)) throw new DeployError(`outputs: a file of the stacks' outputs, got ${file}`);
  const stacks = parse(record(string(), record(string(), string())), JSON.parse(readFileSync(file, "utf8")));
  const stranger = Object.keys(stacks).find((name) => !name.startsWith(prefix));
  if (stranger !== undefined) {
    throw new DeployError(`outputs: of stacks named ${prefix}…, got ${stranger} in ${file}`);
  }
  return Object.assign({}, ...Object.values(stacks));
}

/** @throws DeployError where the stacks have no such output. */
export function requiredOutput(outputs: Outputs, name: string): string {
  const value = outputs[name];
  if (value === undefined) {
    throw new DeployError(`outputs: one named ${name}, got ${Object.keys(outputs).join(", ")}`);
  }
  return value;
}

/** Where the API answers, without a slash at the end. An emulator's is a path of its endpoint, since AWS's host names don't lead to it. */
export function apiUrl(outputs: Outputs, endpoint: string | undefined): string {
  return new URL(requiredOutput(outputs, "ApiUrl"), endpoint).href.replace(/\/$/, "");
}
