import type { MailParties } from "../../functions/send-welcome-email/mail-failure.ts";
import type { SesRule } from "../../functions/send-welcome-email/ses-rule.ts";
import type { SmtpRule, SmtpStage } from "../../functions/send-welcome-email/smtp-rules.ts";

/** What a service would say for a row to fit, made of the row itself: `400 MessageRejected: its words`. */
export function sampleOfSes(rule: SesRule, parties: MailParties): string {
  return `${rule.statuses?.[0] ?? 400} ${rule.names?.[0] ?? "Whatever"}: ${words(rule, parties)}`;
}

/** The steps of SMTP at which the server of the tests can be told what to reply. */
const steps: Partial<Record<SmtpStage, string>> = {
  connection: "connect",
  sender: "MAIL",
  recipient: "RCPT",
  content: "content",
};

/** The behaviour of the server at which a row fits; undefined where the row is of no reply. */
export function sampleOfSmtp(stage: SmtpStage, rule: SmtpRule, parties: MailParties): string | undefined {
  const { codes, replies, enhanced } = rule;
  const step = steps[stage];
  const withoutReply = codes !== undefined && !codes.includes("EPROTOCOL");
  if (step === undefined || withoutReply || (stage === "connection" && replies === undefined))
    return undefined;
  const reply = replies?.[0] ?? 450;
  const status = enhanced?.[0]?.replace("X", String(reply)[0] ?? "");
  return `${step}=${[reply, status, words(rule, parties)].filter(Boolean).join(" ")}`;
}

function words({ says, recipientOnly }: SesRule | SmtpRule, { from, to }: MailParties): string {
  return `${says?.[0] ?? "No"}. ${recipientOnly ? to : from}`;
}
