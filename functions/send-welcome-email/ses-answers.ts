import type { SesRule } from "./ses-rule.ts";

const sendV2 = "docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html";
const sendV1 = "docs.aws.amazon.com/ses/latest/APIReference/API_SendRawEmail.html";
const commonErrors = "docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html";
const sendingErrors = "docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html";
const quotaErrors = "docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html";
const sandbox = "docs.aws.amazon.com/ses/latest/dg/request-production-access.html";
const http = (section: string) => `RFC 9110, ${section}`;

/** Errors that SES, or what stands before it, has answered with. */
export const answered: readonly SesRule[] = [
  // ---- Answers of a gateway: it can't say whether the service behind it took the mail.
  {
    statuses: [502, 502],
    outcome: "unknown",
    words: "A gateway before SES failed",
    source: http("15.6.3"),
  },
  {
    statuses: [504, 504],
    outcome: "unknown",
    words: "A gateway before SES gave up waiting",
    source: http("15.6.5"),
  },

  // ---- By their words, since the name doesn't tell.

  // The account's, over 24 rolling hours: nobody's mail goes, and each hour some of it is given back.
  {
    names: ["TooManyRequestsException", "ThrottlingException", "LimitExceededException", "Throttling"],
    says: ["Daily message quota exceeded", "Daily sending quota exceeded"],
    outcome: "outage",
    words: "The account's daily quota of SES is used up",
    source: quotaErrors,
  },
  // In the sandbox SES refuses a recipient that isn't verified. Whoever signs up chooses that one: nobody else may wait for it.
  {
    names: ["MessageRejected"],
    says: ["Email address is not verified", "Email address not verified"],
    recipientOnly: true,
    outcome: "try again",
    words: "SES's sandbox has not verified the recipient",
    source: sandbox,
  },
  // The sender is the same in each mail. The second form is that of moto, which is LocalStack's SES.
  {
    names: ["MessageRejected"],
    says: ["Email address is not verified", "Email address not verified"],
    outcome: "outage",
    words: "SES has not verified the sender",
    source: sendingErrors,
  },
  // What AWS itself has paused comes under this name (v1), not under that of a pause.
  {
    names: ["MessageRejected"],
    says: ["Sending paused", "Account is paused"],
    outcome: "outage",
    words: "SES has paused sending for this account",
    source: `${sendingErrors} (Account is paused)`,
  },

  // ---- Too many at a time. Other words than those of a rate may mean trouble of SES's own, which passes as well.
  {
    names: ["TooManyRequestsException", "ThrottlingException", "Throttling"],
    outcome: "throttled",
    words: "SES is throttling",
    source: quotaErrors,
  },
  {
    statuses: [429, 429],
    outcome: "throttled",
    words: "SES is throttling",
    source: "RFC 6585, 4",
  },

  // ---- The mail itself.
  {
    names: ["MessageRejected"],
    outcome: "permanent",
    words: "SES rejected the mail",
    source: sendV2,
  },
  {
    names: ["BadRequestException", "InvalidParameterValue", "ValidationException", "ValidationError"],
    outcome: "permanent",
    words: "SES refused the mail as invalid",
    source: `${sendV2}; ${commonErrors}`,
  },

  // ---- Account, sender and configuration set, which all mails share.
  {
    names: ["SendingPausedException", "AccountSendingPausedException"],
    outcome: "outage",
    words: "SES has paused sending for this account",
    source: `${sendV2}; ${sendV1}`,
  },
  {
    names: ["ConfigurationSetSendingPausedException"],
    outcome: "outage",
    words: "SES has paused sending for the configuration set",
    source: sendV1,
  },
  // "Permanently restricted": still nothing that a mail can do about. AWS may lift it, or another account take over.
  {
    names: ["AccountSuspendedException"],
    outcome: "outage",
    words: "SES has suspended this account",
    source: sendV2,
  },
  {
    names: ["MailFromDomainNotVerifiedException"],
    outcome: "outage",
    words: "SES has not verified the sender's domain",
    source: `${sendV2}; ${sendV1}`,
  },
  {
    names: ["NotFoundException", "ConfigurationSetDoesNotExistException", "ConfigurationSetDoesNotExist"],
    outcome: "outage",
    words: "SES does not know the identity or the configuration set",
    source: `${sendV2}; ${sendV1}`,
  },

  // ---- Who asks.

  // In the sandbox IAM is asked for the recipient's identity too, and the grant names only the sender's.
  {
    names: ["AccessDeniedException", "AccessDenied"],
    recipientOnly: true,
    outcome: "try again",
    words: "IAM allows no mail to this recipient",
    source: "docs/decisions/0017-mail-by-ses.md",
  },
  // A process's own: its keys or its clock have run out. Another process has fresh ones.
  {
    names: [
      "ExpiredTokenException",
      "ExpiredToken",
      "RequestExpired",
      "RequestInTheFuture",
      "RequestTimeTooSkewed",
    ],
    outcome: "try again",
    words: "The credentials or the clock of this worker are too old for SES",
    source: commonErrors,
  },
  // The SDK takes the answer's date for its own clock: the next mail of this very process is signed right.
  {
    names: ["InvalidSignatureException", "SignatureDoesNotMatch"],
    says: ["Signature expired", "Signature not yet current"],
    outcome: "try again",
    words: "The clock of this worker is off",
    source: "@aws-sdk/core, AwsSdkSigV4Signer",
  },
  // A grant that was lost, a key that was disabled. SES declares no 401 or 403 of its own: it is never about a mail.
  {
    names: ["AccessDeniedException", "AccessDenied", "NotAuthorized", "IncompleteSignature", "OptInRequired"],
    outcome: "outage",
    words: "SES refuses our credentials",
    source: commonErrors,
  },
  {
    statuses: [401, 403],
    outcome: "outage",
    words: "SES refuses our credentials",
    source: commonErrors,
  },

  // ---- SES itself.

  // AWS documents it for resources, not for mail: too little to hold everybody for.
  {
    names: ["LimitExceededException"],
    outcome: "try again",
    words: "SES says that a limit is reached",
    source: sendV2,
  },
  // Taken by nobody yet, and out of the same reason for everybody.
  {
    statuses: [503, 503],
    outcome: "outage",
    words: "SES is not available",
    source: `${http("15.6.4")}; ${commonErrors}`,
  },
  // Not sent ("try again later"); but one mail alone may bring it about.
  {
    statuses: [500, 599],
    outcome: "try again",
    words: "SES failed",
    source: commonErrors,
  },
  // What we don't know. An answer that is an error means that nothing was sent.
  {
    outcome: "try again",
    words: "SES refused the request",
    source: sendingErrors,
  },
];
