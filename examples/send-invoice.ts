import * as v from "valibot";
import { defineJob, type InputOf, type JobHandler, PermanentError } from "../shared/index.ts";

export const sendInvoice = defineJob({
  name: "send-invoice",
  input: v.object({ order: v.string(), to: v.pipe(v.string(), v.email()) }),
  workers: 5, // at the same time, each one job
  timeoutSeconds: 20, // an attempt; 5 attempts, with backoff
  effect: { once: "resend" }, // under a lease; cut off in the middle, once more at the most
});

type Mail = (to: string, text: string, idempotencyToken: string) => Promise<"sent" | "no such mailbox">;

export const createHandler =
  (mail: Mail): JobHandler<InputOf<typeof sendInvoice>> =>
  async ({ order, to }, { id }) => {
    if ((await mail(to, `Your order ${order}`, id)) !== "sent") throw new PermanentError("no such mailbox");
  };
