import type { InvocationReply, InvocationRequest } from "./invocation-message.ts";
import { functionHandler } from "./service.ts";

/**
 * The child process of `--isolate`: runs the function that its first argument names, of the service in the folder that is
 * its second, for whoever started it. Ends with its parent, however that ends; Ctrl-C reaches it too, but when to stop is
 * the parent's to say.
 */
const [name = "", directory = ""] = process.argv.slice(2);
// Not awaited here: a message that comes before its listener may be lost.
const loaded = functionHandler(directory, name);

process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
process.on("disconnect", () => process.exit(0));
process.on("message", (request: InvocationRequest) => {
  reply(request).then((answer) => process.send?.(answer, () => {}));
});

async function reply({ id, event, deadline }: InvocationRequest): Promise<InvocationReply> {
  try {
    const handler = await loaded;
    const answer = await handler(event, { getRemainingTimeInMillis: () => deadline - Date.now() });
    return { id, answer: JSON.stringify(answer ?? null) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}
