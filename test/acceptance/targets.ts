/** What the acceptance suite looks at that not every target lets it see. */
export type Capability =
  | "client-throttle"
  | "cors"
  | "event-sources"
  | "local-webhooks"
  | "mail"
  | "mail-outage"
  | "message-sizes"
  | "preflights"
  | "redeploy"
  | "refusals"
  | "socket";

export interface Target {
  /** What it can't show, with the reason: the one place that a test may be skipped from. */
  readonly cannotShow: Readonly<Partial<Record<Capability, string>>>;
  /** Where the stacks' outputs are, unless the command line says otherwise. A target without any is started by the run. */
  readonly outputs: string | undefined;
  /** How often a state is looked at that isn't there yet. */
  readonly pollMs: number;
  /** How long a service has to be down until jobs are held for it. */
  readonly outageMs: number;
  /** How long one test may take: for the slowest state of the target, several times over. */
  readonly patienceSeconds: number;
  /** An address that nobody else has, to which mail may be sent there. */
  address(label: string): string;
  /** What a run can't take away again. */
  readonly leaves: readonly string[];
}

export type TargetName = keyof typeof targets;

/** Of whose pages alone each target answers a browser: the stage's (`infra/context.ts`), and the embedded run is told of it. */
export const allowedOrigin = "https://app.example.com";

const noWebhooks = "its functions post to public addresses alone, where the suite has no receiver";
const noThrottle =
  "each process of its function counts for itself, and the stage lets one client, such as the suite, send 1000 requests a second";
const localstackCors =
  "whether a function hears of origins that its own CORS rules don't know was never tried";
const noSizes =
  "nothing tells how large a message was that a function has received; a dead letter stands for all";
const example = (label: string) => `acceptance-${label}@example.com`;
/** A killed worker's message comes back after its visibility timeout, 120 s at the least, and its lease ends after 122. */
const deployed = { pollMs: 500, outageMs: 45_000, patienceSeconds: 600 };

const checks = [
  "a check of each flow: on the dispatch queue for up to 15 minutes, then dropped",
  "that a mailbox has had its mail of the day: an item of the ledger for each, until its TTL",
];

export const targets = {
  embedded: {
    outputs: undefined,
    cannotShow: {
      "event-sources": "it has none to be switched: a pause is the breaker alone",
      "mail-outage": "its mail server is a part of it: test/chaos has one that goes down",
      redeploy: "nothing is deployed there: a changed worker is a new start of the one process",
      refusals: "it has no policies to refuse anything by, and no log groups to read it in",
    },
    pollMs: 50,
    outageMs: 3_000,
    patienceSeconds: 90,
    address: example,
    leaves: ["mails: in its state directory, which goes with it where this run started it"],
  },
  ministack: {
    ...deployed,
    outputs: undefined,
    cannotShow: {
      "client-throttle": `${noThrottle}; the throttles of an HTTP API it takes, and enforces none`,
      "local-webhooks": noWebhooks,
      "message-sizes": noSizes,
      preflights: "it answers each preflight of an HTTP API itself, by 403",
    },
    address: example,
    leaves: [...checks, "mails: in its list until it is reset or ends"],
  },
  localstack: {
    ...deployed,
    outputs: ".errand/localstack/outputs.json",
    cannotShow: {
      "client-throttle": `${noThrottle}; API Gateway's own it takes, and enforces none`,
      cors: localstackCors,
      "local-webhooks": noWebhooks,
      "mail-outage": "whether its SES v1 refuses mail without an identity was never tried",
      "message-sizes": noSizes,
      preflights: localstackCors,
      refusals: "its free edition enforces no policies: no function is ever refused anything",
      socket: "its free edition has no WebSocket APIs: clients ask for the status",
    },
    address: example,
    leaves: [...checks, "mails: in its list until it ends"],
  },
  aws: {
    ...deployed,
    outputs: "cdk.out/outputs.json",
    cannotShow: {
      "client-throttle": `${noThrottle}: docs/only-on-aws.md has it by hand`,
      "local-webhooks": noWebhooks,
      redeploy: "the options of its deploy are the user's own, which the suite isn't told",
      "mail-outage": "the sender's identity is the user's own, and nobody's to delete",
      mail: "an email arrives in a mailbox, which no API of the account reads",
      "message-sizes": noSizes,
    },
    // SES takes mail for its simulator in the sandbox too, and counts none of it as sent to anybody.
    address: (label) => `success+${label}@simulator.amazonses.com`,
    leaves: [...checks, "log lines: for as long as their log groups keep them"],
  },
} as const satisfies Readonly<Record<string, Target>>;

export function isTargetName(name: string): name is TargetName {
  return Object.hasOwn(targets, name);
}
