import { describe, formatViolation } from "../shared/index.ts";

/**
 * What differs between the targets of a deployment. Constructs and stacks ask this table; nothing else branches on a
 * target. The embedded run is none of them: it has no CloudFormation.
 */
export interface Target {
  readonly name: TargetName;
  /** What is in front of `functions/api`. HTTP is a third of REST's price, and enough here. */
  readonly api: "http" | "rest";
  /** How the welcome email leaves. */
  readonly mail: "ses" | "ses-v1";
  /** What the stack makes for its mail: the sender's identity, its DNS records as outputs, a configuration set. */
  readonly mailResources: "all" | "without-dns-records" | "none";
  /** What a grant to send by SES names: the sender's identities, or anything. */
  readonly mailGrant: "identity" | "any";
  /** Whether a batch call needs a grant of its own. SQS takes SendMessage for SendMessageBatch, and knows no action of that name. */
  readonly batchGrants: boolean;
  /** The processor of the functions; `host` is the one of this machine. arm64 costs a fifth less on AWS. */
  readonly architecture: "arm64" | "host";
  /** How `ApiUrl` is made: AWS's host name, or the emulator's path for an API's id and stage. */
  readonly apiUrl: "host" | "path";
  /** Whether there are WebSocket APIs. Where there are none, clients ask for the status. */
  readonly socket: boolean;
  /** Whether there are dashboards. */
  readonly dashboard: boolean;
}

export type TargetName = keyof typeof targets;

export const targets = {
  aws: {
    name: "aws",
    api: "http",
    mail: "ses",
    mailResources: "all",
    mailGrant: "identity",
    batchGrants: false,
    architecture: "arm64",
    apiUrl: "host",
    socket: true,
    dashboard: true,
  },
  // Runs functions as processes of the machine, whatever the template says of the processor. AWS's host name doesn't
  // resolve to it. Where it enforces IAM (1.5.33), it checks SES v2's SendEmail against `*` and knows no keys of SES, and takes
  // the name of each call for that of its action. It takes every identity for verified, and has no attribute for its DNS
  // records: an output of one fails the stack.
  ministack: {
    name: "ministack",
    api: "http",
    mail: "ses",
    mailResources: "without-dns-records",
    mailGrant: "any",
    batchGrants: true,
    architecture: "host",
    apiUrl: "path",
    socket: true,
    dashboard: true,
  },
  // The free edition (4.14.0) has neither HTTP nor WebSocket APIs nor dashboards ("deployed as a fallback", with nothing behind it), and
  // runs functions in containers of the machine's own processor. It answers 501 to SES v2, but has v1, whose mails can be
  // read at `/_aws/ses`. An identity fails the stack and a configuration set is a fallback: the sender is verified by a
  // call of VerifyEmailIdentity, without which v1 refuses its mail.
  localstack: {
    name: "localstack",
    api: "rest",
    mail: "ses-v1",
    mailResources: "none",
    mailGrant: "identity",
    batchGrants: false,
    architecture: "host",
    apiUrl: "path",
    socket: false,
    dashboard: false,
  },
} as const satisfies Readonly<Record<string, Omit<Target, "name"> & { readonly name: string }>>;

/**
 * The target of this name; `aws` where none is given.
 * @throws Error in the form `<path>: <rule>, got <value>`.
 */
export function readTarget(name: unknown = "aws"): Target {
  const target = Object.values(targets).find((candidate) => candidate.name === name);
  if (target) return target;
  const rule = `one of ${Object.keys(targets).join(", ")}`;
  throw new Error(formatViolation({ path: "target", rule, got: describe(name) }));
}
