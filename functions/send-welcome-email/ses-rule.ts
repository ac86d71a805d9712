import type { FailureRule } from "./mail-failure.ts";

/** How far a request came: `handed over` to the HTTP client without an answer that counts, or `answered` with an error. */
export type SesStage = "not handed over" | "handed over" | "answered";

export interface SesRule extends FailureRule {
  /** Exceptions of SES (v2, then v1) and of AWS at large, or Node's codes; `CERT_*` is any that starts so. Default: any. */
  readonly names?: readonly string[];
  /** HTTP statuses, from and to. Default: any. */
  readonly statuses?: readonly [least: number, most: number];
  /** How the error's text starts. Only where nothing else tells; were the words to change, a later row decides. */
  readonly says?: readonly string[];
  /** Whether the text names the recipient and not the sender. */
  readonly recipientOnly?: true;
}
