import { afterAll } from "@jest/globals";
import { type Embedded, startEmbedded, stateDirectory } from "./embedded.ts";

/**
 * The service for all tests of a file, started at its top with these options and a state directory of its own. It is killed behind
 * the last test, before what the file starts beside it is to be stopped.
 */
export async function serveTests(
  ...args: readonly string[]
): Promise<Embedded & { readonly stateDirectory: string }> {
  const state = stateDirectory();
  const service = await startEmbedded(state.path, ...args);
  afterAll(async () => {
    await service.end("SIGKILL");
    state.remove();
  });
  return { ...service, stateDirectory: state.path };
}
