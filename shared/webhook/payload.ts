import type { FlowView } from "../flow/flow-view.ts";

/** Standard Webhooks asks for less than 20 KB. */
const maximumBytes = 20_000;

/**
 * The body that tells a flow's end, in the shape of Standard Webhooks: the same for each attempt. `data` is what the status route shows; of a flow
 * too large for that it has the jobs that fit, failed ones first, and `jobsOmitted` says how many it hasn't.
 */
export function payloadOf(view: FlowView): string {
  const ends = view.jobs.flatMap(({ finishedAt }) => finishedAt ?? []);
  const timestamp = ends.toSorted().at(-1) ?? view.createdAt;
  const text = (data: object) => JSON.stringify({ type: `flow.${view.status}`, timestamp, data });
  const whole = text(view);
  if (Buffer.byteLength(whole) < maximumBytes) return whole;

  const jobs: FlowView["jobs"][number][] = [];
  let bytes = Buffer.byteLength(text({ ...view, jobs, jobsOmitted: view.jobs.length }));
  for (const job of view.jobs.toSorted((a, b) => rank(a.status) - rank(b.status))) {
    bytes += Buffer.byteLength(JSON.stringify(job)) + 1;
    if (bytes >= maximumBytes) break;
    jobs.push(job);
  }
  return text({ ...view, jobs, jobsOmitted: view.jobs.length - jobs.length });
}

function rank(status: string): number {
  return status === "failed" ? 0 : 1;
}
