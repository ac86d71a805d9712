import { type BilledCall, countBilledCalls } from "../support/billed-calls.ts";
import type { Servers } from "../support/servers.ts";
import { deliverInBatches } from "./event-source.ts";
import { createGlue } from "./glue.ts";

const steps: Readonly<Record<string, string>> = {
  PutItem: "status row",
  SendMessage: "send",
  ReceiveMessage: "receive",
  UpdateItem: "status",
  DeleteMessage: "delete",
};

/** What the peer is billed for so many sign-ups of three jobs, every batch `fill` messages full. */
export async function countGlueCalls(
  servers: Servers,
  { signUps, fill }: { readonly signUps: number; readonly fill: number },
): Promise<readonly BilledCall[]> {
  const glue = await createGlue(servers);
  const calls = countBilledCalls(servers, ({ operation }) => steps[operation] ?? `unexpected: ${operation}`);
  for (let index = 0; index < signUps; index++) await glue.accept();
  for (const job of glue.jobs) await deliverInBatches(servers.sqs, job, { count: signUps, fill });
  return [...calls];
}
