import { element } from "./elements.ts";
import { createFormView } from "./form-view.ts";
import { keepFlow, readKeptFlow } from "./kept-flow.ts";
import { createProgressView } from "./progress-view.ts";

/** The sign-up page: the form, and then the sign-up as it goes on, also after a reload in the middle. */
const form = createFormView((flow) => {
  keepFlow(flow);
  form.hide();
  progress.follow(flow);
  progress.focus();
});

const progress = createProgressView(() => {
  form.show();
  element("form-title", HTMLElement).focus();
});

const kept = readKeptFlow();
if (kept) progress.follow(kept);
else form.show();
