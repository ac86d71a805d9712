import { encodeAddress, type RunAddress } from "../envelope/address.ts";
import { jobOf } from "../flow/flow-record.ts";
import type { ReceivedMessage } from "../queue/queue.ts";
import { reopenJob } from "../redrive/reopen-job.ts";
import type { ConsumerPorts } from "./consumer-ports.ts";
import type { Delivery } from "./delivery.ts";

/**
 * R of the protocol, for a letter that somebody moved back to its queue by SQS's own redrive. A job that has failed is opened
 * again, and run as its next run right here: sent on to its own queue, it would be what Lambda stops as a loop. The
 * letter keeps its words, so a redelivery reads the ledger too and finds that run, which it goes on with. Always
 * under a lease; whatever else the ledger says is found there (C8).
 */
export async function admitLetter(
  ports: ConsumerPorts,
  message: ReceivedMessage,
  letter: RunAddress,
): Promise<Delivery> {
  const seen = await ports.ledger.read(letter.flow);
  const job = jobOf(seen, letter.key);
  const failed = job?.status === "failed" && job.run === letter.run;
  // Refused, another copy of the letter was first: this one goes on as that one's redelivery.
  const flow = failed
    ? ((await reopenJob(ports, message, letter, seen)) ?? (await ports.ledger.read(letter.flow)))
    : seen;
  const run = jobOf(flow, letter.key)?.run === letter.run + 1 ? letter.run + 1 : letter.run;
  const address = { ...letter, run, deadline: flow?.deadline ?? letter.deadline, again: true };
  // The letter of that run, should it fail, says the same.
  return {
    address,
    message: { ...message, attributes: { ...message.attributes, ...encodeAddress(address) } },
  };
}
