import type { FlowView } from "../../shared/flow/flow-view.ts";
import type { Accepted } from "../support/embedded.ts";
import { eventually } from "../support/eventually.ts";
import type { Answer, CallOptions } from "../support/http-client.ts";

/** Somebody who was signed up: the address, and what the 202 said. */
export interface Member extends Accepted {
  readonly email: string;
}

/**
 * Callers who sign up one person after another: each is repeated under its key until there is the 202, and the next one
 * comes when that flow has ended, so that the service always has work and what waits never grows.
 */
export interface Crowd {
  readonly members: readonly Member[];
  /** How many requests were answered 503, or not at all. */
  refusals(): number;
  /** Lets each caller end with the person in hand. */
  stop(): Promise<void>;
  /** Ends the callers as they are: for a test that has failed. */
  abandon(): Promise<void>;
}

/** As many as there are workers to be cut off by a kill, and as many again to go on meanwhile. */
const callers = 28;

/** Every tenth writes more about themselves than fits a message. */
const longBio = "A life in sentences.\n".repeat(10_000);

/** @param name stands in each address: no two crowds of a service may share one. */
export function startCrowd(
  name: string,
  call: (path: string, options: CallOptions) => Promise<Answer>,
): Crowd {
  const members: Member[] = [];
  let last = 0;
  let refusals = 0;
  let state: "calling" | "stopping" | "abandoned" = "calling";

  async function signUpPeople(): Promise<void> {
    while (state === "calling") {
      const number = ++last;
      const email = `${name}-${number}@example.com`;
      const person = { email, name: `Person ${number}`, ...(number % 10 === 0 ? { bio: longBio } : {}) };
      const accepted = await eventually(() => request(email, person), { pollMs: 50 });
      if (accepted === "abandoned") return;
      members.push({ email, ...accepted });
      await eventually(() => hasEnded(accepted), { pollMs: 200 });
    }
  }

  /** Undefined where it is to be repeated. */
  async function request(email: string, person: object): Promise<Accepted | "abandoned" | undefined> {
    if (state === "abandoned") return "abandoned";
    const headers = { "idempotency-key": `chaos-${email}` };
    const answer = await call("/sign-ups", { method: "POST", json: person, headers }).catch(unlessLost);
    if (answer?.status === 202) return JSON.parse(answer.body.toString()) as Accepted;
    if (answer !== undefined && answer.status !== 503) throw new Error(`${answer.status}: ${answer.body}`);
    refusals++;
    return undefined;
  }

  /** True as well where nobody waits any more; undefined while it runs, or can't be asked. */
  async function hasEnded({ flow, token }: Accepted): Promise<true | undefined> {
    if (state !== "calling") return true;
    const headers = { authorization: `Bearer ${token}` };
    const answer = await call(`/flows/${flow.id}`, { headers }).catch(unlessLost);
    if (answer?.status !== 200) return undefined;
    const { status } = JSON.parse(answer.body.toString()) as FlowView;
    return status === "running" ? undefined : true;
  }

  const calling = Promise.all(Array.from({ length: callers }, signUpPeople)).then(() => {});
  // Whoever stops it is told.
  calling.catch(() => {});
  return {
    members,
    refusals: () => refusals,
    stop() {
      state = "stopping";
      return calling;
    },
    abandon() {
      state = "abandoned";
      return calling.catch(() => {});
    },
  };
}

/** Of no connection, or one that was cut, nothing comes; an answer that is otherwise than documented is no such thing. */
function unlessLost(error: { readonly code?: string }): undefined {
  if (error.code === undefined) throw error;
}
