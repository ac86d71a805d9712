import type { WatchedJob } from "./watched-flow.ts";

/** How a job stands, as far as it looks different; names a symbol `icon-…` of index.html. */
export type Tone = "waiting" | "working" | "held" | "done" | "failed";

/** A job in words. */
export interface JobWords {
  readonly title: string;
  readonly tone: Tone;
  readonly state: string;
  /** Why, where there is something to explain. */
  readonly detail: string;
}

const titles: Readonly<Record<string, string>> = {
  "send-welcome-email": "Welcome email",
  "create-profile": "Your profile",
  "render-receipt": "Your receipt",
  "resize-avatar": "Your picture",
};

/** What a person reads of a job. `time` writes an ISO 8601 time for the person. */
export function jobWords(job: WatchedJob, time: (iso: string) => string): JobWords {
  const title = titles[job.job] ?? readable(job.job);
  return { title, ...standing(job, time) };
}

function standing(job: WatchedJob, time: (iso: string) => string): Omit<JobWords, "title"> {
  const because = job.error === undefined ? "" : `Because: ${reason(job.error)}.`;
  switch (job.status) {
    case "queued":
      return { tone: "waiting", state: "waiting", detail: "" };
    case "running":
      return { tone: "working", state: "working", detail: "" };
    case "retrying": {
      const when = job.dueAt === undefined ? "soon" : `at ${time(job.dueAt)}`;
      return { tone: "waiting", state: `trying again ${when}`, detail: because };
    }
    case "held": {
      const since = job.heldSince === undefined ? "" : ` since ${time(job.heldSince)}`;
      return { tone: "held", state: `on hold${since}`, detail: `${because} It goes on by itself.`.trim() };
    }
    case "succeeded":
      return { tone: "done", state: "done", detail: "" };
    case "failed":
      return { tone: "failed", state: "failed", detail: because };
    default:
      // A status of a newer service.
      return { tone: "waiting", state: job.status satisfies never, detail: because };
  }
}

/** Without the name of what is out of reach (`mail: …`) before it and the codes (`(ECONNREFUSED)`) behind it: those are for operators. */
function reason(error: string): string {
  return error.replace(/^[a-z-]+: /, "").replace(/ \([^()]*\)$/, "");
}

/** `send-invoice` as "Send invoice". */
function readable(name: string): string {
  const text = name.replaceAll("-", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
