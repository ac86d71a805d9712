import type { Accepted } from "../support/embedded.ts";
import { eventually } from "../support/eventually.ts";
import type { Answer, CallOptions } from "../support/http-client.ts";

/** Somebody who was signed up: the address, and what the 202 said. */
export interface Member extends Accepted {
  readonly email: string;
}

/** Callers who sign up one person after another, and repeat each under its key until they have the 202. */
export interface Crowd {
  readonly members: readonly Member[];
  /** How many requests were answered 503, or not at all. */
  refusals(): number;
  /** Lets each caller end with the person in hand. */
  stop(): Promise<void>;
  /** Ends the callers as they are: for a test that has failed. */
  abandon(): Promise<void>;
}

/** So many callers that workers always have something to do, so few that what waits is done within seconds. */
const callers = 6;

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
      if (accepted !== "abandoned") members.push({ email, ...accepted });
    }
  }

  /** Undefined where it is to be repeated. */
  async function request(email: string, person: object): Promise<Accepted | "abandoned" | undefined> {
    if (state === "abandoned") return "abandoned";
    const headers = { "idempotency-key": `chaos-${email}` };
    const answer = await call("/sign-ups", { method: "POST", json: person, headers }).catch(() => undefined);
    if (answer?.status === 202) return JSON.parse(answer.body.toString()) as Accepted;
    if (answer !== undefined && answer.status !== 503) throw new Error(`${answer.status}: ${answer.body}`);
    refusals++;
    return undefined;
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
