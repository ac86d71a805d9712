import { CfnOutput } from "aws-cdk-lib/core";
import type { WebhookVariables, WorkerVariables } from "../../functions/environment.ts";
import { endpointLine, notifyQueue, webhookQueue } from "../../shared/index.ts";
import { JobWorker } from "../constructs/job-worker.ts";
import { entryOf } from "./entry.ts";
import { allowKey, engineVariables, functionProps } from "./function-options.ts";
import { allowLedger, allowSending } from "./grants.ts";
import { ownSecret } from "./own-secret.ts";
import { urlsOf } from "./queue-urls.ts";
import type { WorkersStack, WorkersStackProps } from "./workers-stack.ts";

type Props = Pick<WorkersStackProps, "service" | "serviceName" | "data" | "options" | "webhooks">;

/** Tells who watches a flow, where the target has a WebSocket. */
export function createPusher(stack: WorkersStack, { service, serviceName, data, options }: Props): JobWorker {
  const { notify, webhook, socket } = stack;
  const variables: WorkerVariables = {
    ...engineVariables(stack, data, {
      ...urlsOf(notifyQueue, notify),
      [webhookQueue]: webhook.queue.queueUrl,
    }),
    ERRAND_SERVICE: serviceName,
    ...(socket ? { SOCKET_ENDPOINT: socket.front.endpoint } : {}),
  };
  const pusher = new JobWorker(stack, "Notify", {
    queue: notify,
    ...entryOf(service, notifyQueue),
    ...functionProps(options, variables),
  });
  // Reads flows, and takes out subscriptions whose connections are gone.
  allowLedger(pusher.function, data.ledger, "settle");
  // What an older deploy has left there for webhooks.
  allowSending(pusher.function, [webhook.queue]);
  socket?.front.allowPushing(pusher.function);
  allowKey(pusher.function, options);
  return pusher;
}

/** Tells webhooks. */
export function createWebhookTeller(
  stack: WorkersStack,
  { service, serviceName, data, options, webhooks }: Props,
): JobWorker {
  const { webhook } = stack;
  const secret = ownSecret(serviceName, "webhook-secret");
  const variables: WebhookVariables = {
    ...engineVariables(stack, data, urlsOf(webhookQueue, webhook)),
    ERRAND_SERVICE: serviceName,
    WEBHOOK_SECRET: secret.place,
    ...(webhooks.length > 0 ? { WEBHOOK_URLS: webhooks.join(" ") } : {}),
  };
  const teller = new JobWorker(stack, "Webhook", {
    queue: webhook,
    ...entryOf(service, webhookQueue),
    ...functionProps(options, variables),
  });
  // Reads flows, and keeps its deliveries beside them; the probe of an origin that is down.
  allowLedger(teller.function, data.ledger, "record");
  allowSending(teller.function, [webhook.queue]);
  secret.allow(teller.function);
  new CfnOutput(stack, "WebhookSecret", {
    value: secret.place,
    description: "Where the secret is kept that webhooks' secrets are made of",
  });
  new CfnOutput(stack, "DefaultEndpoints", {
    value: JSON.stringify(webhooks.map(endpointLine)),
    description: "The endpoints that are told of every flow, by their origins and hashes",
  });
  allowKey(teller.function, options);
  return teller;
}
