import { setTimeout } from "node:timers/promises";
import { type DailyLimit, type JobHandler, NotDoneError } from "../../shared/index.ts";
import { mailboxHash } from "./mailbox.ts";
import type { Mailer } from "./mailer.ts";
import { createPace, type Pace } from "./pace.ts";
import { parseSender } from "./sender.ts";
import { askForLife } from "./sign-of-life.ts";
import { composeWelcomeEmail, type WelcomeInput } from "./welcome-email.ts";

export interface WelcomeHandlerOptions {
  readonly mailer: Mailer;
  /** `Name <local@domain>`, or an address alone. The name is what the mail calls the service. */
  readonly from: string;
  /** One welcome email for each mailbox. */
  readonly dailyLimit: DailyLimit;
  /** Of the hashes that stand for mailboxes there. What it throws, the handler throws. */
  readonly mailboxKey: () => Promise<string>;
  readonly pace?: Pace;
}

/**
 * The work of `send-welcome-email`: one mail, whose id is the result; or none, `sent: false`, where another job has had the
 * mailbox's mail of today, after the time that a mail takes: anybody can sign up anybody, and neither floods a mailbox
 * nor learns whom it knows. The one that probes an outage asks the mailer all the same (`askForLife`). The handler throws what `Mailer` and the key say, and NotDoneError where the daily limit can't be asked; making
 * it throws where `from` is no sender.
 *
 * The mailbox is taken under the job's lease and before the send, by the job's id. So a job that died in between finds it
 * its own, as does its next run, and a mail of unknown outcome blocks no second try.
 */
export function createHandler(options: WelcomeHandlerOptions): JobHandler<WelcomeInput> {
  const { mailer, dailyLimit, mailboxKey, pace = createPace() } = options;
  const from = parseSender(options.from);
  return async (input, context) => {
    const { id, flow, signal } = context;
    const { email: to, name, plan, locale } = input;
    const message = composeWelcomeEmail({
      ...{ to, name, plan, locale, from },
      ...{ jobId: id, createdAt: flow.createdAt },
    });
    const mailbox = mailboxHash(to, await mailboxKey());
    const isOurs = await dailyLimit.take(mailbox, id).catch(() => {
      // The ledger's trouble: whatever it is, nothing was sent.
      throw new NotDoneError("Whether the mailbox has had its mail of today could not be asked");
    });
    if (!isOurs) {
      // It has nothing to send, and would end an outage, or be told from others in one, without having asked the mailer.
      if (context.probing) await askForLife(mailer, { from, jobId: id, signal });
      else await setTimeout(pace.draw(), undefined, { signal }).catch(() => {});
      return { sent: false };
    }
    const begun = performance.now();
    const { messageId } = await mailer.send(message, { signal });
    pace.note(performance.now() - begun);
    return { messageId };
  };
}
