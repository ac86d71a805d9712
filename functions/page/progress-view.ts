import { element, say, sayAloud } from "./elements.ts";
import { FlowWatcher, type WatchMode } from "./flow-watcher.ts";
import { createJobList } from "./job-list.ts";
import { forgetFlow, type KeptFlow } from "./kept-flow.ts";
import type { WatchFailure } from "./poll-flow.ts";
import type { WatchedFlow } from "./watched-flow.ts";

export interface ProgressView {
  /** Follows a flow from here on, to its end. */
  follow(kept: KeptFlow): void;
  /** Puts the focus on the heading. */
  focus(): void;
}

/** A flow as it goes on. `left` is told when the person wants to go back to the form. */
export function createProgressView(left: () => void): ProgressView {
  const view = element("progress-view", HTMLElement);
  const again = element("again", HTMLButtonElement);
  let ending = new AbortController();

  again.addEventListener("click", () => {
    ending.abort();
    forgetFlow();
    view.hidden = true;
    left();
  });

  return {
    follow(kept) {
      ending = new AbortController();
      again.hidden = true;
      view.hidden = false;
      show(kept, ending.signal, () => {
        again.hidden = false;
      });
    },
    focus: () => element("progress-title", HTMLElement).focus(),
  };
}

/** Shows each change of the flow until the signal, and calls `over` once there is no more to come. */
function show({ flow, token, socket: socketUrl }: KeptFlow, signal: AbortSignal, over: () => void): void {
  const statusUrl = new URL(`flows/${flow}`, document.baseURI).href;
  const jobs = createJobList(statusUrl, token, signal);
  showHeading("running");
  const watcher = new FlowWatcher({ statusUrl, token, socketUrl, signal });
  watcher.addEventListener("change", ({ detail }) => {
    showNote("");
    showHeading(detail.status);
    showOverall(detail);
    jobs.show(detail);
  });
  watcher.addEventListener("mode", ({ detail }) => showNote(modeWords[detail] ?? ""));
  // The watcher believes it when it has missed an answer, which may take a heartbeat; a person wants to know at once.
  window.addEventListener("offline", () => showNote(offlineWords), { signal });
  window.addEventListener("online", () => showNote(""), { signal });
  watcher.addEventListener("error", ({ detail }) => {
    showNote(failureWords(detail));
    if (detail.final) over();
  });
  watcher.addEventListener("end", over);
}

const offlineWords = "You are offline. Everything goes on without you, and shows here when you are back.";

const modeWords: Readonly<Partial<Record<WatchMode, string>>> = {
  offline: offlineWords,
};

function failureWords({ final, status }: WatchFailure): string {
  if (!final) return "The service can’t be reached at the moment. Trying again …";
  return status === 404
    ? "This sign-up isn’t there any more: they are kept for forty days."
    : "The service doesn’t tell how this sign-up stands.";
}

const headings: Readonly<Record<WatchedFlow["status"], readonly [string, string]>> = {
  running: [
    "You’re signed up",
    "The rest happens in the background. You may stay and watch, or leave: it goes on either way.",
  ],
  succeeded: ["All done. Welcome!", "Your account is ready."],
  failed: [
    "You’re signed up, with a hitch",
    "Something didn’t work, and trying again wouldn’t help. We have noted it and will look at it.",
  ],
};

function showHeading(status: WatchedFlow["status"]): void {
  const [title, lead] = headings[status];
  say(element("progress-title", HTMLElement), title);
  say(element("progress-lead", HTMLElement), lead);
  document.title = `${title} · Errand`;
}

function showOverall({ jobs }: WatchedFlow): void {
  const bar = element("overall", HTMLProgressElement);
  const ended = jobs.filter(({ status }) => status === "succeeded" || status === "failed").length;
  const done = jobs.filter(({ status }) => status === "succeeded").length;
  bar.max = jobs.length;
  bar.value = ended;
  say(element("overall-text", HTMLElement), `${done} of ${jobs.length} done`);
}

function showNote(words: string): void {
  sayAloud(element("progress-note", HTMLElement), words);
}
