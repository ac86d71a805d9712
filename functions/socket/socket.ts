import {
  type Catalog,
  type Clock,
  type FlowRecord,
  flowStatus,
  flowView,
  isFlowId,
  type Ledger,
  mostSubscribers,
  mostSubscriptions,
  type Subscriptions,
  tokenMatches,
} from "../../shared/index.ts";
import { type FailureLog, failedRequest } from "../failure-log.ts";
import {
  type ClientMessage,
  parseMessage,
  pongText,
  problemText,
  SocketProblem,
  viewText,
} from "./protocol.ts";
import type { PushConnection } from "./push-connection.ts";

/** A client's connection. */
export interface Connection {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly connectedAt: number;
}

export interface SocketPorts {
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly subscriptions: Subscriptions;
  readonly connections: PushConnection;
  readonly clock: Clock;
  readonly log: FailureLog;
}

/** What happens to connections, in whatever keeps them open. Neither throws: a client is answered, or it is gone. */
export interface SocketHandler {
  message(connection: Connection, text: string): Promise<void>;
  closed(connection: string): Promise<void>;
}

/** API Gateway ends a connection after two hours: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
export const connectionMilliseconds = 2 * 3_600_000;

/** A connection that follows nothing so long after it was made is closed when it speaks. */
const subscribeWithinMilliseconds = 60_000;

/** The WebSocket's answers: subscriptions, heartbeats, and problems for everything else. */
export function createSocket(ports: SocketPorts): SocketHandler {
  const { subscriptions, connections, log } = ports;

  async function closed(connection: string): Promise<void> {
    // What isn't cleaned up ends by itself, two hours after it was begun.
    await subscriptions.forget(connection).catch((error: unknown) => log(failureOf(undefined, error)));
  }

  async function answer(connection: Connection, text: string): Promise<string | undefined> {
    let flow: string | undefined;
    try {
      const message = parseMessage(text);
      if (message.action === "subscribe" && isFlowId(message.flow)) flow = message.flow;
      return message.action === "ping"
        ? await pong(ports, connection)
        : await subscribe(ports, connection, message);
    } catch (error) {
      if (error instanceof SocketProblem) return problemText(error, flow);
      log(failureOf(flow, error));
      return problemText(new SocketProblem("unavailable", "Try again in a few seconds."), flow);
    }
  }

  return {
    async message(connection, text) {
      const reply = await answer(connection, text);
      try {
        if (reply === undefined) await connections.close(connection.id);
        else if (!(await connections.post(connection.id, reply))) await closed(connection.id);
      } catch (error) {
        log(failureOf(undefined, error));
      }
    },
    closed,
  };
}

function failureOf(flow: string | undefined, error: unknown) {
  return failedRequest({ method: "WebSocket", flow, status: 503 }, error);
}

/** Undefined for a connection that has had its time to subscribe. */
async function pong({ subscriptions, clock }: SocketPorts, { id, connectedAt }: Connection) {
  if (clock.now() - connectedAt < subscribeWithinMilliseconds) return pongText;
  return (await subscriptions.flows(id)).length > 0 ? pongText : undefined;
}

/**
 * The flow as it stands, once every later change will be told. In this order nothing falls between: the subscription is
 * recorded, then the ledger is asked to have changes told, and what it answers to that is the present state.
 */
async function subscribe(
  ports: SocketPorts,
  { id, connectedAt }: Connection,
  { flow, token }: Extract<ClientMessage, { action: "subscribe" }>,
): Promise<string> {
  const { ledger, catalog, subscriptions, clock } = ports;
  const known = isFlowId(flow) ? await ledger.read(flow) : undefined;
  // Compared also where there is no flow, so that both refusals do the same work.
  if (!(tokenMatches(token, known?.tokens ?? []) && known)) return notFound();
  const until = connectedAt + connectionMilliseconds;
  const left = Math.max(0, Math.round((until - clock.now()) / 1000));
  // What has ended changes no more, so that nobody has to be told.
  if (hasEnded(known)) return viewText(flowView(known, catalog), left);
  const added = await subscriptions.add({ connection: id, flow, until });
  if (added.kind === "full") {
    throw tooMany(`${mostSubscriptions} flows for a connection`);
  }
  if (added.replaced !== undefined) await tellReplaced(ports, added.replaced, flow);
  return viewText(flowView((await ledger.watch(flow, until)) ?? notFound(), catalog), left);
}

/** Whoever lives still asks for the status from now on. Whoever is gone hears nothing, and no failure of it is the new one's trouble. */
async function tellReplaced({ connections, log }: SocketPorts, connection: string, flow: string) {
  const text = problemText(
    tooMany(`${mostSubscribers} connections for a flow, and newer ones follow it`),
    flow,
  );
  await connections.post(connection, text).catch((error: unknown) => log(failureOf(flow, error)));
}

function tooMany(limit: string): SocketProblem {
  return new SocketProblem("too-many-subscriptions", `At most ${limit}: ask for the status instead.`);
}

function hasEnded({ jobs }: FlowRecord): boolean {
  return flowStatus(Object.values(jobs)) !== "running";
}

function notFound(): never {
  throw new SocketProblem("not-found", "There is no such flow, or the token isn't its own.");
}
