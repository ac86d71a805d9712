import { parsePointer } from "../claim-check/pointer.ts";
import { parseAddress, type RunAddress } from "../envelope/address.ts";
import {
  type Envelope,
  NotAnEnvelopeError,
  parseEnvelope,
  UnknownVersionError,
} from "../envelope/envelope.ts";
import { type FlowRecord, jobOf } from "../flow/flow-record.ts";
import { isReopened } from "../ledger/ledger.ts";
import type { MessageAttributes, ReceivedMessage } from "../queue/queue.ts";

/** What a redrive does with a letter. */
export type Plan =
  /** Run the job once more. `envelope` is undefined where the letter carries a pointer to it. */
  | { readonly kind: "reopen"; readonly address: RunAddress; readonly envelope: Envelope | undefined }
  /** A start or a check that SQS set aside: the dispatcher asks the ledger itself. */
  | { readonly kind: "return" }
  /** The ledger says that the job has not failed: the letter is deleted. */
  | { readonly kind: "drop"; readonly reason: string }
  /** It can't be run by us: a person decides what becomes of it. */
  | { readonly kind: "leave"; readonly reason: string };

/** What becomes of a letter, by its own word and the ledger's. Pure. */
export function planLetter({ attributes, body }: ReceivedMessage, flow: FlowRecord | undefined): Plan {
  try {
    const address = parseAddress(attributes);
    if (address.kind !== "run") return { kind: "return" };
    const job = jobOf(flow, address.key);
    if (!job) return { kind: "leave", reason: "job: one that the ledger has, got another" };
    const failed = job.status === "failed" && job.run === address.run;
    // Queued in the next run: a redrive that did not end.
    if (!failed && !isReopened(flow, address)) {
      return { kind: "drop", reason: `its run ${job.run} is ${job.status}` };
    }
    return { kind: "reopen", address, envelope: envelopeWith(address, body) };
  } catch (error) {
    if (error instanceof NotAnEnvelopeError || error instanceof UnknownVersionError) {
      return { kind: "leave", reason: error.message };
    }
    throw error;
  }
}

/** The flow that a letter is about, where it says so. */
export function flowOfLetter(attributes: MessageAttributes): string | undefined {
  try {
    const address = parseAddress(attributes);
    return "flow" in address ? address.flow : undefined;
  } catch {
    return undefined;
  }
}

/** A letter that a check wrote may carry another job's part of the flow: what isn't there can't be run. */
function envelopeWith({ key }: RunAddress, body: string): Envelope | undefined {
  if (parsePointer(body)) return undefined;
  const envelope = parseEnvelope(body);
  if (Object.hasOwn(envelope.jobs, key)) return envelope;
  throw new NotAnEnvelopeError("envelope: the job of the letter, got another");
}
