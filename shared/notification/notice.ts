import { encodeAddress, parseAddress } from "../envelope/address.ts";
import { NotAnEnvelopeError, UnknownVersionError } from "../envelope/envelope.ts";
import { jobId, parseJobId } from "../flow/ids.ts";
import type { OutgoingMessage, ReceivedMessage } from "../queue/queue.ts";

/** What a message of the notify or the webhook queue is about: that a flow has ended, or that one of its jobs has changed. */
export type Notice = EndNotice | ChangeNotice;

export interface EndNotice {
  readonly flow: string;
  /** Of the flow when it ended: a redrive opens it again in the next. */
  readonly epoch: number;
  /** On the notify queue: its webhooks have a notice of their own. An older deploy sent one for both. */
  readonly toWatchers?: true;
}

export interface ChangeNotice {
  readonly flow: string;
  readonly key: string;
  readonly run: number;
  /** Of the flow, as the change left it. */
  readonly version: number;
}

export function isEnd(notice: Notice): notice is EndNotice {
  return "epoch" in notice;
}

/** `<flow>.<epoch>` of an end, `<flow>.<key>.<run>.<version>` of a change: neither a flow's id nor a key contains a dot. */
export function noticeId(notice: Notice): string {
  if (isEnd(notice)) return `${notice.flow}.${notice.epoch}`;
  return `${jobId(notice)}.${notice.run}.${notice.version}`;
}

const noticeVersion = 1;

/** Ids and numbers alone: what is told of the flow is read when it is told. */
export function encodeNotice(notice: Notice): OutgoingMessage {
  const told = isEnd(notice)
    ? { epoch: notice.epoch, ...(notice.toWatchers ? { toWatchers: true } : {}) }
    : { key: notice.key, run: notice.run, change: notice.version };
  return {
    body: JSON.stringify({ version: noticeVersion, flow: notice.flow, ...told }),
    attributes: encodeAddress({ kind: "notify", flow: notice.flow }),
  };
}

/**
 * Reads what a message of these queues is about.
 * @throws NotAnEnvelopeError, UnknownVersionError
 */
export function parseNotice(message: Pick<ReceivedMessage, "body" | "attributes">): Notice {
  const address = parseAddress(message.attributes);
  if (address.kind !== "notify") throw new NotAnEnvelopeError(`errand: notify, got ${address.kind}`);
  const { flow } = address;
  const body = parseBody(message.body);
  if (body["version"] !== noticeVersion) throw new UnknownVersionError(body["version"]);
  if (body["flow"] !== flow) throw new NotAnEnvelopeError("flow: the message's, got another");
  if (Object.hasOwn(body, "epoch")) {
    const toWatchers = body["toWatchers"] === true ? { toWatchers: true as const } : {};
    return { flow, epoch: count(body, "epoch"), ...toWatchers };
  }
  const { key } = body;
  if (typeof key !== "string" || !parseJobId(`${flow}.${key}`))
    throw new NotAnEnvelopeError("key: a job's, got something else");
  return { flow, key, run: count(body, "run"), version: count(body, "change") };
}

type Body = Readonly<Record<string, unknown>>;

function parseBody(text: string): Body {
  try {
    const body = JSON.parse(text) as unknown;
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Body;
  } catch {
    // Refused below, like any other value.
  }
  throw new NotAnEnvelopeError("body: a JSON object, got something else");
}

function count(body: Body, name: string): number {
  const value = body[name];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new NotAnEnvelopeError(`${name}: a whole number, got ${typeof value}`);
}
