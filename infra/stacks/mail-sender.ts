import {
  ConfigurationSet,
  ConfigurationSetTlsPolicy,
  EmailIdentity,
  Identity,
  SuppressionReasons,
} from "aws-cdk-lib/aws-ses";
import { CfnOutput, RemovalPolicy } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import { domainOf, parseSender, type ResourceVariables } from "../../functions/environment.ts";
import type { NodeFunction } from "../constructs/node-function.ts";
import type { Target } from "../targets.ts";
import { allowMail } from "./grants.ts";
import { type OwnSecret, ownSecret } from "./own-secret.ts";
import type { Use } from "./uses.ts";

/** What of the sender SES verifies: its `domain`, its `address` alone, or nothing, since it is `existing`. */
export const mailIdentities = ["domain", "address", "existing"] as const;

export type MailIdentity = (typeof mailIdentities)[number];

export interface Mail {
  /** The sender: an address, or `Name <address>`. */
  readonly from: string;
  /** Default `domain`. An account knows an identity once: whoever comes second says `existing`. */
  readonly identity?: MailIdentity;
  /** How many mails a second the account takes. Default: not known, so nothing keeps to it but SES itself. */
  readonly ratePerSecond?: number;
}

export interface MailSenderProps extends Mail {
  readonly target: Pick<Target, "mail" | "mailGrant" | "mailResources">;
  /** How many mails a second all jobs with mail send at the most; a limit costs, so there is one only where this is more. */
  readonly fastestPerSecond: number;
  /** Whose mail it is: the mailboxes' key is one for each service. */
  readonly serviceName: string;
  /** Whether identity and configuration set outlive the stack. */
  readonly retain: boolean;
}

/**
 * The sender of the service's mail: its identity, whose DNS records are outputs of the stack, and the configuration set
 * that each mail names. See docs/mail.md.
 */
export class MailSender extends Construct implements Use<ResourceVariables["mail"]> {
  readonly variables: ResourceVariables["mail"];
  readonly configurationSet?: ConfigurationSet;
  private readonly target: MailSenderProps["target"];
  private readonly mailboxKey: OwnSecret;

  constructor(scope: Construct, id: string, props: MailSenderProps) {
    super(scope, id);
    const { from, identity = "domain", ratePerSecond, fastestPerSecond, target, serviceName, retain } = props;
    this.target = target;
    this.mailboxKey = ownSecret(serviceName, "mailbox-key");
    // An identity that is made anew has other DNS records. A first deploy that fails may take it back, or the next would find it there.
    const removal = retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
    if (target.mailResources !== "none") {
      if (identity !== "existing")
        createIdentity(this, { from, identity, target }).applyRemovalPolicy(removal);
      this.configurationSet = createConfigurationSet(this);
      this.configurationSet.applyRemovalPolicy(removal);
    }
    const name = this.configurationSet?.configurationSetName;
    this.variables = {
      MAIL_FROM: from,
      MAIL_SERVICE: target.mail,
      MAILBOX_KEY: this.mailboxKey.place,
      ...(name === undefined ? {} : { MAIL_CONFIGURATION_SET: name }),
      ...(ratePerSecond === undefined || fastestPerSecond <= ratePerSecond
        ? {}
        : { MAIL_RATE_PER_SECOND: String(ratePerSecond) }),
    };
  }

  allow(worker: NodeFunction): void {
    this.mailboxKey.allow(worker);
    allowMail(worker, {
      ...this.target,
      sender: parseSender(this.variables.MAIL_FROM).address,
      configurationSet: this.configurationSet?.configurationSetName,
    });
  }
}

function createIdentity(
  scope: Construct,
  { from, identity: kind, target }: Pick<MailSenderProps, "from" | "identity" | "target">,
): EmailIdentity {
  const { address } = parseSender(from);
  if (kind === "address") return new EmailIdentity(scope, "Identity", { identity: Identity.email(address) });
  const domain = domainOf(address);
  // Easy DKIM: SES makes the keys and changes them from time to time, behind three names of ours that point to its own.
  const identity = new EmailIdentity(scope, "Identity", { identity: Identity.domain(domain) });
  if (target.mailResources === "all") outputRecords(identity, domain);
  return identity;
}

function outputRecords({ stack, dkimRecords }: EmailIdentity, domain: string): void {
  for (const [index, { name, value }] of dkimRecords.entries()) {
    new CfnOutput(stack, `MailDnsRecord${index + 1}`, {
      value: `${name} CNAME ${value}`,
      description: `A DNS record of ${domain}, one of three: SES verifies the domain by them, and signs its mail`,
    });
  }
}

/**
 * How the service's mail is sent: never in clear text from server to server, and never again to an address that has
 * bounced for good or whose owner complained.
 */
function createConfigurationSet(scope: Construct): ConfigurationSet {
  return new ConfigurationSet(scope, "ConfigurationSet", {
    sendingEnabled: true,
    tlsPolicy: ConfigurationSetTlsPolicy.REQUIRE,
    suppressionReasons: SuppressionReasons.BOUNCES_AND_COMPLAINTS,
    // This service's own rates, beside the account's that alarms read: they say who it was.
    reputationMetrics: true,
  });
}
