import type { JobHandler } from "../../shared/index.ts";
import type { Mailer } from "./mailer.ts";
import { parseSender } from "./sender.ts";
import { composeWelcomeEmail, type WelcomeInput } from "./welcome-email.ts";

export interface WelcomeHandlerOptions {
  readonly mailer: Mailer;
  /** `Name <local@domain>`, or an address alone. The name is what the mail calls the service. */
  readonly from: string;
}

/**
 * The work of `send-welcome-email`: one mail, whose id is the result. The handler throws what `Mailer` says; making it
 * throws where `from` is no sender.
 */
export function createHandler({ mailer, ...options }: WelcomeHandlerOptions): JobHandler<WelcomeInput> {
  const from = parseSender(options.from);
  return async (input, context) => {
    const message = composeWelcomeEmail({
      to: input.email,
      name: input.name,
      plan: input.plan,
      locale: input.locale,
      jobId: context.id,
      createdAt: context.flow.createdAt,
      from,
    });
    const { messageId } = await mailer.send(message, { signal: context.signal });
    return { messageId };
  };
}
