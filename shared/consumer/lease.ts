import { queueSettings } from "../catalog/queue-settings.ts";
import type { JobRecord } from "../flow/flow-record.ts";
import { jobId, randomId } from "../flow/ids.ts";
import type { LeaseTerms } from "../ledger/job-writes.ts";
import { tellWatchers } from "../notification/send-notice.ts";
import type { ConsumerPorts } from "./consumer-ports.ts";
import type { Delivery, Disposition, Permit } from "./delivery.ts";
import { refusedBy, settleAs } from "./settle.ts";

/** C4 of the protocol: the right to run one attempt, or what becomes of the message without it. */
export async function takeLease(ports: ConsumerPorts, delivery: Delivery): Promise<Permit | Disposition> {
  const { ledger, log } = ports;
  const terms = newTerms(ports);
  const answer = await ledger.lease(delivery.address, terms);
  if (answer.granted) {
    log({ level: "info", event: "job.leased", job: jobId(delivery.address) });
    await tellWatchers(ports, answer.flow, delivery.address.key);
    return permitOf(terms, answer.job);
  }
  const dead = deadOwner(answer.job, delivery, ports.clock.now());
  if (dead === undefined) return refusedBy(ports, delivery, answer.flow, "lease");
  return inherit(ports, delivery, answer.job as JobRecord, dead);
}

/** The owner whose lease had ended when we looked: it died, or it is so slow that its settle will be refused. */
function deadOwner(job: JobRecord | undefined, { address }: Delivery, now: number): string | undefined {
  if (job?.status !== "running" || job.run !== address.run) return undefined;
  return job.leaseEnd !== undefined && job.leaseEnd < now ? job.owner : undefined;
}

/**
 * The lost attempt counts. Where that was the last, or where the effect may have happened and the job's rule allows no
 * (further) resend, the job ends here; else it is run again under a lease of our own.
 */
async function inherit(
  ports: ConsumerPorts,
  delivery: Delivery,
  job: JobRecord,
  dead: string,
): Promise<Permit | Disposition> {
  const { ledger, log } = ports;
  const rule = ports.job.effect?.once;
  const spent = job.attempts + 1 >= ports.job.attempts;
  if (spent || rule === "fail" || (rule === "resend" && job.resent)) {
    const error = rule ? "outcome unknown" : "worker lost";
    return settleAs(
      ports,
      delivery,
      { as: "heir", deadOwner: dead },
      { status: "failed", error, countAttempt: true },
    );
  }
  const terms = newTerms(ports);
  const answer = await ledger.takeOver(delivery.address, terms, { owner: dead, resend: rule === "resend" });
  if (!answer.granted) return refusedBy(ports, delivery, answer.flow, "lease");
  log({ level: "warn", event: "job.taken-over", job: jobId(delivery.address), reason: "worker lost" });
  await tellWatchers(ports, answer.flow, delivery.address.key);
  return permitOf(terms, answer.job);
}

function newTerms({ job, clock, entropy, profile }: ConsumerPorts): LeaseTerms {
  const from = clock.now();
  return { owner: randomId(entropy), from, to: from + queueSettings(job, profile).leaseSeconds * 1000 };
}

function permitOf({ owner, from, to }: LeaseTerms, job: JobRecord | undefined): Permit {
  return { settler: { as: "owner", owner }, attempts: job?.attempts ?? 0, startedAt: from, leaseEnd: to };
}
