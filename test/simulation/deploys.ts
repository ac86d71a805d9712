import { type Entropy, fraction } from "../../shared/clock/entropy.ts";
import { envelopeVersion } from "../../shared/envelope/envelope.ts";
import type { OutgoingMessage } from "../../shared/queue/queue.ts";
import type { Faults } from "./faults.ts";

/** The code that a function runs. */
export interface Deploy {
  /** It writes envelopes of the next version, and reads both. */
  readonly newer: boolean;
  /** Its schemas refuse what was accepted. */
  readonly refusing: boolean;
}

/** What is deployed of a function at the moment: a newer version comes to one after the other, in any order. */
export function createDeploys(faults: Faults, entropy: Entropy, functions: readonly string[]) {
  const turns = new Map(functions.map((name) => [name, fraction(entropy)]));
  return (name: string): Deploy => ({
    newer: (faults.progress("newerDeploy") ?? -1) >= (turns.get(name) ?? 0),
    refusing: faults.lasts("badDeploy"),
  });
}

export function isSame(one: Deploy, other: Deploy): boolean {
  return one.newer === other.newer && one.refusing === other.refusing;
}

/**
 * The next version of the engine, which writes another number and reads both: this one with a translator at its edge,
 * for what it writes and what it reads.
 */
export const asNewer = translator(envelopeVersion, envelopeVersion + 1);
export const asOlder = translator(envelopeVersion + 1, envelopeVersion);

/** The kinds of message that have the envelope's version: others have a number of their own, which the next version may leave. */
const renumbered = ["start", "check", "run"];

type Translatable = Pick<OutgoingMessage, "body" | "attributes">;

function translator(from: number, to: number) {
  const head = (version: number) => `{"version":${version},`;
  const text = (body: string) =>
    body.startsWith(head(from)) ? head(to) + body.slice(head(from).length) : body;
  return {
    /** As long as before: a pointer states it. */
    bytes: (bytes: Uint8Array): Uint8Array => Buffer.from(text(Buffer.from(bytes).toString())),
    message<Message extends Translatable>(message: Message): Message {
      const errand = message.attributes["errand"];
      const [kind = "", number] = String(errand).split("/");
      const isOurs = renumbered.includes(kind) && number === `${from}`;
      const address = isOurs ? { errand: `${kind}/${to}` } : {};
      return { ...message, body: text(message.body), attributes: { ...message.attributes, ...address } };
    },
  };
}
