import type { Invoker } from "./invoker.ts";
import { functionHandler } from "./service.ts";

/** Runs a function in this process. One that is past its time can only be left alone: nothing ends it. */
export async function createInProcessInvoker(directory: string, name: string): Promise<Invoker> {
  const handler = await functionHandler(directory, name);
  return {
    async invoke(event, deadline) {
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(() => late.reject(new Error("timed out")), deadline - Date.now());
      // In a function of its own, so that a throw before the first await is a rejection as well.
      const run = async () => handler(event, { getRemainingTimeInMillis: () => deadline - Date.now() });
      try {
        return await Promise.race([run(), late.promise]);
      } finally {
        clearTimeout(timer);
      }
    },
    stop: async () => {},
  };
}
