import {
  type Catalog,
  type createLostCheckArmer,
  type FileStore,
  type FlowRecord,
  flowView,
  jobFileKey,
  jobId,
  type Ledger,
  type ReadDeliveries,
} from "../../shared/index.ts";
import { withETag } from "./etag.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { openFlow, unavailable } from "./open-flow.ts";
import { ProblemError } from "./problem.ts";
import type { Parameters } from "./router.ts";

export interface FlowReader {
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly files: Pick<FileStore, "url">;
  readonly armLostCheck: ReturnType<typeof createLostCheckArmer>;
  /** How far the flow's notifications have come. Default: nothing is said of that. */
  readonly deliveries?: ReadDeliveries;
}

/** The flow as it stands; `Retry-After` says when to ask again while it runs. Throws as `openFlow` does. */
export async function readFlow(
  { catalog, ledger, armLostCheck, deliveries: readDeliveries }: FlowReader,
  request: HttpRequest,
  { flow: id }: Parameters,
): Promise<HttpResponse> {
  const flow = await openFlow(ledger, request, id);
  // Whoever asks keeps the promise that every flow ends, also where the queue that holds its check was purged.
  await armLostCheck(flow);
  const view = flowView(flow, catalog);
  const deliveries = await readDeliveries?.(flow).catch((error: unknown) => {
    throw unavailable(error);
  });
  const headers = {
    "content-type": "application/json",
    "cache-control": "private, no-cache",
    vary: "authorization",
    ...(view.status === "running" ? { "retry-after": String(patienceSeconds(flow)) } : {}),
  };
  return withETag(request, { status: 200, headers, body: JSON.stringify({ ...view, deliveries }) });
}

/** A twelfth of its age, from 1 s to half a minute: a flow that is held for a day isn't asked about each second. */
function patienceSeconds({ createdAt }: FlowRecord): number {
  return Math.min(30, Math.max(1, Math.floor((Date.now() - createdAt) / 12_000)));
}

const urlSeconds = 300;

/**
 * 303 to where a file can be fetched for five minutes. There are only the files that the public result of a succeeded
 * job names.
 * @throws ProblemError as `openFlow` does, and 404 for any other file.
 */
export async function readFlowFile(
  { catalog, ledger, files }: FlowReader,
  request: HttpRequest,
  { flow: id, job: key = "", file = "" }: Parameters,
): Promise<HttpResponse> {
  const flow = await openFlow(ledger, request, id);
  const record = flow.jobs[key];
  const view = flowView(flow, catalog).jobs.find((job) => job.id === jobId({ flow: flow.id, key }));
  if (!record || view?.status !== "succeeded" || !Object.values(view.result ?? {}).includes(file)) {
    throw new ProblemError("not-found", "The flow has no such file, or not yet.");
  }
  try {
    const location = await files.url(jobFileKey({ flow, key, run: record.run }, file), {
      expiresSeconds: urlSeconds,
    });
    return { status: 303, headers: { location }, body: "" };
  } catch (error) {
    throw unavailable(error);
  }
}
