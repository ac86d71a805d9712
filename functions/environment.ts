import {
  type DurationProfile,
  describe,
  durationProfiles,
  formatViolation,
  type SecretPlace,
} from "../shared/index.ts";

/** Of `MAIL_FROM`. */
export { domainOf } from "./send-welcome-email/mail-address.ts";
export { parseSender } from "./send-welcome-email/sender.ts";
/** Of `UPLOADS_BUCKET`. */
export { claimedPrefix, incomingPrefix } from "./upload-keys.ts";

/**
 * Every variable that the infrastructure writes and the functions read. Endpoints, region and credentials are the AWS
 * SDK's own (`AWS_ENDPOINT_URL_SQS` and so on).
 */
export interface EnvironmentVariables {
  readonly LEDGER_TABLE: string;
  readonly PROFILES_TABLE: string;
  readonly PAYLOAD_BUCKET: string;
  readonly FILES_BUCKET: string;
  readonly UPLOADS_BUCKET: string;
  /** Where uploads are posted to, relative to the API: the embedded run has a front of its own. Default the bucket. */
  readonly UPLOADS_URL: string;
  /**
   * JSON: a queue's URL by its name in the catalog. All but the first may be names as SQS knows them, of the same account. Where a
   * job's dead-letter queue isn't among them, its queue tells.
   */
  readonly QUEUE_URLS: string;
  /** The sender of emails: an address, or `Name <address>`. */
  readonly MAIL_FROM: string;
  /** What takes the mail over: `ses` (default), `ses-v1` where there is no v2, or `smtp`. */
  readonly MAIL_SERVICE: string;
  /** With `smtp`: `smtp://host:port`. */
  readonly MAIL_SMTP_URL: string;
  /** With SES: the configuration set that mails are sent with. Default: the identity's own. */
  readonly MAIL_CONFIGURATION_SET: string;
  /** How many mails a second all workers together send at the most: each then costs a write of the ledger. Default: no limit. */
  readonly MAIL_RATE_PER_SECOND: string;
  /** The key of the hashes that stand for mailboxes where the ledger counts their mails: a place as `WEBHOOK_SECRET`'s. */
  readonly MAILBOX_KEY: string;
  /** Whose pages may call the API, separated by commas: `https://app.example.com`. Default none but its own. */
  readonly CORS_ORIGINS: string;
  /** Requests a second that the API takes of one client, of which one that starts work counts as five. Default no limit. */
  readonly CLIENT_RATE_PER_SECOND: string;
  /** `standard` (default) or `short` durations. */
  readonly ERRAND_PROFILE: string;
  /** `json` (default) or `readable` lines. */
  readonly ERRAND_LOG: string;
  /** The service's name among others of its account. Where set, each batch writes a line of metrics under it. */
  readonly ERRAND_SERVICE: string;
  /** What ends a handler that ignores its abort: `exit` (default) the process, or `abandon` it where the process has other work. */
  readonly ERRAND_ON_STUCK: string;
  /** `allow` takes webhooks on this machine itself, also by http; `refuse` (default) takes none. */
  readonly LOCAL_WEBHOOKS: string;
  /** What webhooks' secrets are made of: `file:` and a path, or `ssm:` and the name of a parameter. */
  readonly WEBHOOK_SECRET: string;
  /** The endpoints that are told of every flow's end, separated by spaces. Default none. */
  readonly WEBHOOK_URLS: string;
  /** `told` where there are such endpoints, so that flows are recorded with that; `none` (default). */
  readonly DEFAULT_WEBHOOKS: string;
  /** Where clients connect to be told of changes: a URL, or a path of the API's own origin. Where absent, they ask for the status. */
  readonly SOCKET_URL: string;
  /**
   * Where what keeps those connections open takes what is to be sent to them: API Gateway's management endpoint, or its path at an
   * emulator's.
   */
  readonly SOCKET_ENDPOINT: string;
}

/** What every function over the engine needs. */
export type EngineVariables = Pick<EnvironmentVariables, "LEDGER_TABLE" | "PAYLOAD_BUCKET" | "QUEUE_URLS">;

/** What every function behind a queue needs. */
export type WorkerVariables = EngineVariables &
  Pick<EnvironmentVariables, "ERRAND_SERVICE"> &
  Partial<Pick<EnvironmentVariables, "SOCKET_ENDPOINT">>;

/** What the WebSocket needs. */
export type SocketVariables = Pick<EnvironmentVariables, "LEDGER_TABLE" | "SOCKET_ENDPOINT">;

/** What telling webhooks needs. */
export type WebhookVariables = WorkerVariables &
  Pick<EnvironmentVariables, "WEBHOOK_SECRET"> &
  Partial<Pick<EnvironmentVariables, "WEBHOOK_URLS">>;

/** What the API needs. */
export type ApiVariables = EngineVariables &
  Pick<EnvironmentVariables, "FILES_BUCKET" | "UPLOADS_BUCKET"> &
  Partial<
    Pick<EnvironmentVariables, "CORS_ORIGINS" | "CLIENT_RATE_PER_SECOND" | "SOCKET_URL" | "DEFAULT_WEBHOOKS">
  >;

/** What a job's function needs for each resource that its definition's `uses` may name. */
export interface ResourceVariables {
  readonly files: Pick<EnvironmentVariables, "FILES_BUCKET">;
  readonly mail: Pick<EnvironmentVariables, "MAIL_FROM" | "MAILBOX_KEY"> &
    Partial<Pick<EnvironmentVariables, "MAIL_SERVICE" | "MAIL_CONFIGURATION_SET" | "MAIL_RATE_PER_SECOND">>;
  readonly profiles: Pick<EnvironmentVariables, "PROFILES_TABLE">;
  readonly uploads: Pick<EnvironmentVariables, "UPLOADS_BUCKET">;
}

type Name = keyof EnvironmentVariables;

/** The environment, parsed where it is asked for: a function needs only the variables that it uses. */
export interface Environment {
  /** @throws Error in the form `<name>: <rule>, got <value>` where it isn't set. */
  required(name: Name): string;
  optional(name: Name): string | undefined;
  queueUrls(): Readonly<Record<string, string>>;
  profile(): DurationProfile;
  mailService(): "ses" | "ses-v1" | "smtp";
  mailRatePerSecond(): number | undefined;
  clientRatePerSecond(): number | undefined;
  corsOrigins(): readonly string[];
  log(): "json" | "readable";
  onStuck(): "exit" | "abandon";
  localWebhooks(): boolean;
  tellsDefaults(): boolean;
  defaultWebhooks(): readonly string[];
  secretPlace(name: "MAILBOX_KEY" | "WEBHOOK_SECRET"): SecretPlace;
  socketEndpoint(): string | undefined;
}

/** Reads the functions' environment; call it when a function starts to work, not when it is imported. */
export function readEnvironment(
  source: Readonly<Record<string, string | undefined>> = process.env,
): Environment {
  const optional = (name: Name) => source[name] || undefined;
  const required = (name: Name) => optional(name) ?? refuse(name, "a value", undefined);

  function choice<const Choice extends string>(name: Name, choices: readonly [Choice, ...Choice[]]): Choice {
    const value = optional(name) ?? choices[0];
    return choices.find((known) => known === value) ?? refuse(name, choices.join(" or "), value);
  }

  function readRate(name: Name): number | undefined {
    const text = optional(name);
    if (text === undefined) return undefined;
    return isRate(text) ? Number(text) : refuse(name, rateRule, text);
  }

  return {
    required,
    optional,
    queueUrls: () => parseUrls(required("QUEUE_URLS")),
    profile: () => durationProfiles[choice("ERRAND_PROFILE", ["standard", "short"])],
    mailService: () => choice("MAIL_SERVICE", ["ses", "ses-v1", "smtp"]),
    mailRatePerSecond: () => readRate("MAIL_RATE_PER_SECOND"),
    clientRatePerSecond: () => readRate("CLIENT_RATE_PER_SECOND"),
    corsOrigins: () => readOrigins(optional("CORS_ORIGINS") ?? ""),
    log: () => choice("ERRAND_LOG", ["json", "readable"]),
    onStuck: () => choice("ERRAND_ON_STUCK", ["exit", "abandon"]),
    // Refused where it is configured, and again where it is posted to.
    defaultWebhooks: () => (optional("WEBHOOK_URLS") ?? "").split(" ").filter((url) => url !== ""),
    tellsDefaults: () => choice("DEFAULT_WEBHOOKS", ["none", "told"]) === "told",
    secretPlace: (name) => parseSecretPlace(name, required(name)),
    socketEndpoint: () => endpointOf(optional("SOCKET_ENDPOINT"), source["AWS_ENDPOINT_URL"]),
    localWebhooks: () => choice("LOCAL_WEBHOOKS", ["refuse", "allow"]) === "allow",
  };
}

/** What a rate may be: a turn is a write of one item, of which DynamoDB takes 1000 a second. */
export const rateRule = "a number above 0, at most 1000";

export function isRate(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text) && Number(text) > 0 && Number(text) <= 1000;
}

/** What `parseOrigins` takes. */
export const originsRule =
  "origins separated by commas, https:// or http://localhost:<port>, without a path: https://app.example.com";

/**
 * Origins as browsers send them, of a text that separates them by commas; none of an empty one. Undefined where one isn't
 * such an origin, `*` neither: a page over plain HTTP could be anybody's, but for those of this machine.
 */
export function parseOrigins(text: string): readonly string[] | undefined {
  const origins = text.split(",").map((origin) => origin.trim());
  if (text.trim() === "") return [];
  return origins.every(isOrigin) ? origins : undefined;
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { origin, protocol, hostname } = new URL(text);
  const isOwn = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  // A star is a wildcard to nobody, but whoever writes one hopes so.
  return origin === text && !text.includes("*") && (protocol === "https:" || (protocol === "http:" && isOwn));
}

function readOrigins(text: string): readonly string[] {
  return parseOrigins(text) ?? refuse("CORS_ORIGINS", originsRule, text);
}

function parseSecretPlace(path: Name, text: string): SecretPlace {
  const [, kind, name] = /^(file|ssm):(.+)$/s.exec(text) ?? [];
  if (name !== undefined && (kind === "file" || kind === "ssm")) return { kind, name };
  return refuse(path, "file:<path> or ssm:<parameter>", text);
}

function endpointOf(endpoint: string | undefined, emulator: string | undefined): string | undefined {
  if (endpoint === undefined) return undefined;
  return URL.canParse(endpoint, emulator)
    ? new URL(endpoint, emulator).href
    : refuse("SOCKET_ENDPOINT", "a URL", endpoint);
}

function parseUrls(text: string): Readonly<Record<string, string>> {
  try {
    const urls = JSON.parse(text) as unknown;
    if (
      typeof urls === "object" &&
      urls !== null &&
      Object.values(urls).every((url) => typeof url === "string")
    ) {
      const [first] = Object.values(urls);
      return Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, new URL(url, first).href]));
    }
  } catch {
    // Refused below, like any other value.
  }
  return refuse("QUEUE_URLS", "a JSON object of queue URLs", text);
}

function refuse(path: Name, rule: string, value: unknown): never {
  throw new Error(formatViolation({ path, rule, got: describe(value) }));
}
