import type { SqsFunction } from "../../shared/aws/index.ts";

/** Imports the entry that is deployed, `functions/<name>/lambda.ts`, and answers its handler. */
export async function functionHandler(name: string): Promise<SqsFunction> {
  const entry: unknown = await import(new URL(`../../functions/${name}/lambda.ts`, import.meta.url).href);
  if (exportsHandler(entry)) return entry.handler;
  throw new Error(`functions/${name}/lambda.ts: exports a function \`handler\``);
}

function exportsHandler(entry: unknown): entry is { readonly handler: SqsFunction } {
  return (
    typeof entry === "object" && entry !== null && "handler" in entry && typeof entry.handler === "function"
  );
}
