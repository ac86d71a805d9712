import { webhookJitter, webhookTimes, webhookWaitSeconds } from "../catalog/queue-settings.ts";
import { fraction } from "../clock/entropy.ts";
import { type FlowView, flowView } from "../flow/flow-view.ts";
import { originSecrets } from "./origin-secret.ts";
import { payloadOf } from "./payload.ts";
import { originLine } from "./records.ts";
import { webhookHeaders } from "./signature.ts";
import { type Verdict, verdictOf } from "./verdict.ts";
import { logRefused } from "./webhook-log.ts";
import type { WebhookPorts } from "./webhook-ports.ts";
import type { Delivery, DeliveryChange } from "./writes.ts";

/** What one attempt has shown: of the delivery, still to be recorded, and of its receiver. */
export interface Attempt {
  /** `waiting` where it is to be tried again when it is due. */
  readonly change: DeliveryChange & { readonly due?: number };
  readonly verdict: Verdict | { readonly kind: "not tried" };
  readonly milliseconds: number;
}

/** Posts one delivery, unless there is a reason not to. `view` is its flow's, where somebody has just read that. Throws what the ledger and the secret's store throw. */
export async function attempt(
  ports: WebhookPorts,
  delivery: Delivery,
  { disabled, view }: { readonly disabled: boolean; readonly view?: FlowView },
): Promise<Attempt> {
  const { attempts, createdAt, url, byDefault } = delivery;
  const start = ports.clock.now();
  const notTried = (reason: string): Attempt => ({
    change: { state: "failed", attempts, reason },
    verdict: { kind: "not tried" },
    milliseconds: 0,
  });
  if (disabled) return notTried("its endpoint has answered 410 and is disabled");
  if (byDefault && !ports.defaults?.includes(url)) return notTried("its endpoint is configured no more");
  if (start - createdAt > webhookTimes(ports.profile).longestLifeSeconds * 1000)
    return notTried("given up: its receiver was down for too long");
  const told = view ?? (await viewOf(ports, delivery));
  if (!told) return notTried("superseded: its flow was run again");

  const body = payloadOf(told);
  const secrets = originSecrets(await ports.masterSecret(), originLine(url), start);
  const outcome = await ports.post({
    url,
    headers: {
      "content-type": "application/json",
      "user-agent": "errand-webhooks/1",
      ...webhookHeaders({ id: delivery.notification, now: start, body, secrets }),
    },
    body,
  });
  if (outcome.kind === "refused") logRefused(ports, delivery, outcome);
  const now = ports.clock.now();
  const verdict = verdictOf(outcome, now);
  const status = outcome.kind === "answered" ? { status: outcome.status } : {};
  const made = { attempts: attempts + 1, attemptedAt: start, ...status };
  return {
    change: { ...made, ...changeOf(ports, verdict, made.attempts) },
    verdict,
    milliseconds: now - start,
  };
}

/** The flow as it ended; undefined where it was run again, since it has told, or will tell, of its later end. */
async function viewOf(
  { ledger, catalog }: WebhookPorts,
  { flow, epoch }: Delivery,
): Promise<FlowView | undefined> {
  const record = await ledger.read(flow);
  return record?.epoch === epoch ? flowView(record, catalog) : undefined;
}

function changeOf(
  ports: WebhookPorts,
  verdict: Verdict,
  attempts: number,
): Pick<DeliveryChange, "state" | "reason" | "due"> {
  if (verdict.kind === "delivered") return { state: "delivered" };
  const { reason } = verdict;
  if (verdict.kind !== "failed") return { state: "failed", reason };
  const wait = webhookWaitSeconds(attempts, ports.profile);
  if (wait === undefined)
    return { state: "failed", reason: `given up after ${attempts} attempts: ${reason}` };
  const jittered = wait * (1 + webhookJitter * fraction(ports.entropy));
  const asked = Math.min(
    verdict.retryAfterSeconds ?? 0,
    webhookTimes(ports.profile).longestRetryAfterSeconds,
  );
  // Later than the schedule where the receiver asks for that, never earlier.
  const seconds = Math.max(jittered, asked);
  return { state: "waiting", reason, due: ports.clock.now() + Math.ceil(seconds * 1000) };
}
