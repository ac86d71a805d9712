import type { FailureRule } from "../../functions/send-welcome-email/mail-failure.ts";
import { sesRules } from "../../functions/send-welcome-email/ses-rules.ts";
import { smtpRules } from "../../functions/send-welcome-email/smtp-rules.ts";

type Row = FailureRule & {
  readonly names?: readonly string[];
  readonly codes?: readonly string[];
  readonly statuses?: readonly [number, number];
  readonly replies?: readonly [number, number];
  readonly enhanced?: readonly string[];
  readonly says?: readonly string[];
  readonly recipientOnly?: true;
};

/** The mailers' tables as docs/mail-errors.md has them: a heading and a table for each stage. */
export function printFailureTables(): string {
  return [...sections("SES", sesRules), ...sections("SMTP", smtpRules)].join("\n\n");
}

function sections(mailer: string, rules: Readonly<Record<string, readonly Row[]>>): string[] {
  return Object.entries(rules).map(([stage, rows]) => {
    const lines = rows.map((row) => [seen(row), row.outcome, row.words, row.source]);
    const table = [
      ["seen", "means", "the job's error says", "source"],
      ["---", "---", "---", "---"],
      ...lines,
    ];
    return `### ${mailer}: ${stage}\n\n${table.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}`;
  });
}

function seen({ names, codes, statuses, replies, enhanced, says, recipientOnly }: Row): string {
  const range = statuses ?? replies;
  const parts = [
    ...[...(names ?? codes ?? []), ...(enhanced ?? [])].map((name) => `\`${name}\``),
    ...(range ? [range[0] === range[1] ? String(range[0]) : `${range[0]} to ${range[1]}`] : []),
    ...(says ? [says.map((words) => `"${words} …"`).join(" or ")] : []),
    ...(recipientOnly ? ["of the recipient alone"] : []),
  ];
  return parts.join(", ") || "anything else";
}
