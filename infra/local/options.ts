import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isRate, originsRule, parseOrigins, rateRule } from "../../functions/environment.ts";
import { describe, formatViolation, parseDefaultWebhooks } from "../../shared/index.ts";
import { StartError } from "./start-error.ts";

export interface Options {
  /** 0 takes any free port. */
  readonly port: number;
  /** Where queues, tables, files and mails are kept. */
  readonly stateDirectory: string;
  /** Where the service is: a folder in the shape of `functions/`. */
  readonly serviceDirectory: string;
  /** Whether each job's workers run in a child process. */
  readonly isolate: boolean;
  /** Mails a second at the most, as `-c mailRatePerSecond` deploys it. */
  readonly mailRate: string | undefined;
  /** Requests a second of one client, as `-c clientRatePerSecond` deploys it. */
  readonly clientRate: string | undefined;
  /** Whether webhooks may be on this machine, which may be anybody's who signs up. */
  readonly localWebhooks: boolean;
  /** The endpoints that are told of every flow's end. */
  readonly webhooks: readonly string[];
  /** Whose pages may call the API, as `-c corsOrigins` deploys it. */
  readonly corsOrigins: readonly string[];
  readonly elsewhere: Elsewhere;
}

/** URLs of servers that are there already: they are used instead of the stand-ins, which then have nothing to do. */
export interface Elsewhere {
  readonly smtp?: string | undefined;
  readonly sqs?: string | undefined;
  readonly s3?: string | undefined;
  readonly dynamodb?: string | undefined;
}

const ownService = fileURLToPath(new URL("../../functions", import.meta.url));

export const help = `Runs Errand in one process: the API, its workers, and local stand-ins for SQS, S3, DynamoDB and mail.

  npm start                     listens on port 3000, keeps its state in .errand/
  npm start -- --port 8080      another port; so does PORT=8080
  npm start -- --state DIR      keeps its state in DIR, or goes on with what is there
  npm start -- --service DIR    serves the catalog, API and functions in DIR instead of functions/
  npm start -- --isolate        runs each job's workers in a child process
  npm start -- --mail-rate 1    sends one mail a second at the most, as in SES's sandbox
  npm start -- --client-rate 10       takes ten requests a second of one client, of which a sign-up counts as five
  npm start -- --local-webhooks takes webhooks on this machine too, also by http: where nobody but you signs up
  npm start -- --webhook URL    tells this endpoint of every flow's end, and another where given again
  npm start -- --cors-origin ORIGIN   lets pages of this origin call the API, and another where given again
  npm start -- --smtp URL       sends mails to the server there, and keeps none; --sqs, --s3 and --dynamodb likewise
  npm start -- --help           prints this

Ctrl-C lets running jobs end and stops; a second Ctrl-C stops at once. Either way the next start goes on with what is
unfinished. To start afresh, delete the state directory.
`;

/**
 * Reads the command line and PORT. "help" where that is what was asked for.
 * @throws StartError where an option is unknown or can't be used, InvalidInputError where `--webhook` is no URL to post to.
 */
export function readOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Options | "help" {
  const given = parse(args);
  if (given.help) return "help";
  return {
    port:
      given.port === undefined
        ? readPort("PORT", environment["PORT"] || "3000")
        : readPort("--port", given.port),
    stateDirectory: given.state,
    serviceDirectory: given.service,
    isolate: given.isolate,
    mailRate: readRate("--mail-rate", given["mail-rate"]),
    clientRate: readRate("--client-rate", given["client-rate"]),
    localWebhooks: given["local-webhooks"],
    webhooks: parseDefaultWebhooks("--webhook", given.webhook, { loopback: given["local-webhooks"] }),
    corsOrigins: given["cors-origin"].flatMap(readOrigin),
    elsewhere: {
      smtp: readUrl("--smtp", given.smtp),
      sqs: readUrl("--sqs", given.sqs),
      s3: readUrl("--s3", given.s3),
      dynamodb: readUrl("--dynamodb", given.dynamodb),
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: "string" },
        state: { type: "string", default: ".errand" },
        service: { type: "string", default: ownService },
        isolate: { type: "boolean", default: false },
        "mail-rate": { type: "string" },
        "client-rate": { type: "string" },
        webhook: { type: "string", multiple: true, default: [] },
        "local-webhooks": { type: "boolean", default: false },
        "cors-origin": { type: "string", multiple: true, default: [] },
        smtp: { type: "string" },
        sqs: { type: "string" },
        s3: { type: "string" },
        dynamodb: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    // The first sentence says what is wrong; Node's others are about arguments that there are none of here.
    const [reason] = error instanceof Error ? error.message.split(". ") : [String(error)];
    throw new StartError(`${reason}. \`npm start -- --help\` lists the options.`);
  }
}

function readRate(path: string, text: string | undefined): string | undefined {
  if (text === undefined || isRate(text)) return text;
  throw new StartError(formatViolation({ path, rule: rateRule, got: describe(text) }));
}

function readOrigin(text: string): readonly string[] {
  const origins = parseOrigins(text);
  if (origins?.length) return origins;
  throw new StartError(formatViolation({ path: "--cors-origin", rule: originsRule, got: describe(text) }));
}

function readPort(path: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new StartError(
    formatViolation({ path, rule: "a whole number from 0 to 65535", got: describe(text) }),
  );
}

function readUrl(path: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  // The path of a queue is appended.
  if (URL.canParse(text)) return text.replace(/\/$/, "");
  throw new StartError(formatViolation({ path, rule: "a URL", got: describe(text) }));
}
