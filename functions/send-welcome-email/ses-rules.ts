import { answered } from "./ses-answers.ts";
import type { SesRule, SesStage } from "./ses-rule.ts";
import { handedOver, notHandedOver } from "./ses-unanswered.ts";

/**
 * What each failure of SES means, of v2's `SendEmail`, v1's `SendRawEmail` and the way there. The first row of its stage
 * that fits decides; the reasons stand above the rows. docs/mail-errors.md prints it.
 */
export const sesRules: Readonly<Record<SesStage, readonly SesRule[]>> = {
  "not handed over": notHandedOver,
  "handed over": handedOver,
  answered,
};
