import { announce, element, part, say } from "./elements.ts";
import { showFile } from "./job-file.ts";
import { type JobWords, jobWords } from "./job-words.ts";
import type { WatchedFlow, WatchedJob } from "./watched-flow.ts";

export interface JobList {
  show(flow: WatchedFlow): void;
}

const time = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const timeWords = (iso: string) => time.format(new Date(iso));

/** The jobs of a flow: a line each, and a word to who can't see them when one changes. */
export function createJobList(statusUrl: string, token: string, signal: AbortSignal): JobList {
  const list = element("jobs", HTMLOListElement);
  const shown = new Map<string, { readonly line: HTMLLIElement; words: string }>();
  list.replaceChildren();

  function lineOf({ id }: WatchedJob) {
    const known = shown.get(id);
    if (known) return known;
    const template = element("job-template", HTMLTemplateElement);
    const copy = template.content.cloneNode(true) as DocumentFragment;
    const entry = { line: part(copy, "job", HTMLLIElement), words: "" };
    list.append(copy);
    shown.set(id, entry);
    return entry;
  }

  return {
    show({ jobs }) {
      const changes: string[] = [];
      for (const job of jobs) {
        const entry = lineOf(job);
        const words = jobWords(job, timeWords);
        const text = `${words.title}: ${words.state}. ${words.detail}`.trim();
        if (entry.words === text) continue;
        showLine(entry.line, words);
        entry.words = text;
        changes.push(text);
        if (job.status === "succeeded") void showFile(entry.line, job, { statusUrl, token, signal });
      }
      if (changes.length > 0) announce(changes.join(" "));
    },
  };
}

function showLine(line: HTMLLIElement, { title, tone, state, detail }: JobWords): void {
  line.dataset["tone"] = tone;
  line.querySelector("use")?.setAttribute("href", `#icon-${tone}`);
  say(part(line, "job-title", HTMLElement), title);
  say(part(line, "job-state", HTMLElement), state);
  say(part(line, "job-detail", HTMLElement), detail);
}
