import { type NotificationChannels, OutageError } from "../../shared/index.ts";
import type { Environment } from "../environment.ts";
import { createPush } from "../socket/wiring.ts";

/** How this service tells. No webhook is called yet: what somebody asked for waits on the queue. */
export function createChannels(environment: Environment): NotificationChannels {
  const push = createPush(environment);
  return {
    async webhook() {
      throw new OutageError("no webhook is called yet", "webhooks");
    },
    push: ({ flow }) => push(flow),
  };
}
