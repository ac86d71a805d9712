import { type Plan, priceOf } from "../pricing.ts";
import { element, say, sayAloud } from "./elements.ts";
import { endSubmission, type KeptFlow, submissionKey } from "./kept-flow.ts";
import { fillLanguages } from "./languages.ts";
import { browserNetwork } from "./patience.ts";
import type { Waiting } from "./patient-post.ts";
import { createPictureField, type PictureField } from "./picture-field.ts";
import { type FieldError, type Problem, ruleWords } from "./problem.ts";
import { type Outcome, type Person, startSignUp } from "./start-sign-up.ts";
import { UploadRefusedError } from "./upload-picture.ts";

export interface FormView {
  show(): void;
  hide(): void;
}

const fields = ["name", "email", "plan", "locale", "bio", "avatar"] as const;

/** The form. `started` is told of each sign-up that was accepted. */
export function createFormView(started: (flow: KeptFlow) => void): FormView {
  const view = element("form-view", HTMLElement);
  const form = element("form", HTMLFormElement);
  const picture = createPictureField((words) => showError("avatar", words));
  fillLanguages(element("locale", HTMLSelectElement));
  for (const plan of ["free", "pro"] as const) say(element(`price-${plan}`, HTMLElement), priceWords(plan));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit(form, picture, started);
  });
  // An error stays until its field is touched, and a problem of the whole form until anything is.
  form.addEventListener("input", ({ target }) => {
    showProblem("");
    const name = target instanceof Element ? target.getAttribute("name") : null;
    if (name !== null) showError(name, "");
  });
  return {
    show() {
      form.reset();
      picture.clear();
      view.hidden = false;
    },
    hide() {
      view.hidden = true;
    },
  };
}

async function submit(
  form: HTMLFormElement,
  picture: PictureField,
  started: (flow: KeptFlow) => void,
): Promise<void> {
  const button = element("submit", HTMLButtonElement);
  // Not `disabled`: that would take the focus away, and with it the place of who uses a keyboard.
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  button.textContent = "Signing up …";
  for (const name of fields) showError(name, "");
  showProblem("");
  const outcome = await signUp(form, picture).finally(() => {
    say(element("form-status", HTMLElement), "");
    button.removeAttribute("aria-disabled");
    button.textContent = "Sign up";
  });
  if (outcome === "picture refused") element("avatar", HTMLInputElement).focus();
  else if (outcome.kind === "started") started(outcome.started);
  else showRefusal(outcome.problem, outcome.status);
}

async function signUp(form: HTMLFormElement, picture: PictureField): Promise<Outcome | "picture refused"> {
  try {
    const avatar = await picture.upload();
    const person = { ...personOf(form), ...(avatar === undefined ? {} : { avatar }) };
    const outcome = await startUnderOneKey(person);
    const isRefused =
      outcome.kind === "refused" && outcome.problem.errors.some(({ path }) => path === "avatar");
    if (isRefused) picture.expire();
    return outcome;
  } catch (error) {
    if (error instanceof UploadRefusedError) return "picture refused";
    throw error;
  }
}

/** A key that was used for what the fields said before is given up: what they say now is another sign-up. */
async function startUnderOneKey(person: Person): Promise<Outcome> {
  for (;;) {
    const patience = { network: browserNetwork(), waiting: showWaiting };
    const outcome = await startSignUp({ person, key: submissionKey() }, patience);
    endSubmission();
    if (outcome.kind === "started" || outcome.problem.type !== "/problems/idempotency-conflict")
      return outcome;
  }
}

/** What is filled in. An empty field is left out: the API then says that it must be there, or does without it. */
function personOf(form: HTMLFormElement): Person {
  const entries = [...new FormData(form)].flatMap(([name, value]): [string, string][] =>
    typeof value === "string" && value !== "" ? [[name, value.replaceAll("\r\n", "\n")]] : [],
  );
  return Object.fromEntries(entries);
}

function showWaiting({ why, seconds }: Waiting): void {
  const again = `Trying again in ${seconds === 1 ? "a second" : `${seconds} seconds`}.`;
  const words = {
    offline: "You are offline. Your sign-up is sent as soon as you are back.",
    unreachable: `The service can’t be reached. ${again}`,
    busy: `The service is busy. ${again} Nothing is done twice.`,
  };
  sayAloud(element("form-status", HTMLElement), words[why]);
}

/** Each error at its field, the focus on the first; what belongs to no field above the button. */
function showRefusal({ detail, errors }: Problem, status: number): void {
  const fieldOf = ({ path }: FieldError) =>
    fields.find((name) => path === name || path.startsWith(`${name}.`));
  for (const error of errors) {
    const name = fieldOf(error);
    if (name) showError(name, ruleWords(error.rule));
  }
  const first = fields.find((name) => errors.some((error) => fieldOf(error) === name));
  const elsewhere = errors.filter((error) => !fieldOf(error));
  if (first === undefined || elsewhere.length > 0) {
    const list = elsewhere.map(({ path, rule }) => `${path}: ${rule}.`).join(" ");
    showProblem(`That didn’t work. ${list || detail || `The service answered ${status}.`}`);
  }
  if (first !== undefined) controlOf(first)?.focus();
}

function showProblem(words: string): void {
  sayAloud(element("form-problem", HTMLElement), words);
}

function showError(name: string, words: string): void {
  say(element(`${name}-error`, HTMLElement), words);
  for (const control of controlsOf(name)) {
    if (words === "") control.removeAttribute("aria-invalid");
    else control.setAttribute("aria-invalid", "true");
  }
}

function controlOf(name: string): HTMLElement | undefined {
  const controls = controlsOf(name);
  return controls.find((control) => control.matches(":checked")) ?? controls[0];
}

function controlsOf(name: string): readonly HTMLElement[] {
  return [...element("form", HTMLFormElement).elements].filter(
    (control): control is HTMLElement =>
      control instanceof HTMLElement && (control.getAttribute("name") ?? control.id) === name,
  );
}

/** What a plan costs, tax included, as its receipt will say it. */
function priceWords(plan: Plan): string {
  const { totalCents, taxCents, taxPercent, currency } = priceOf(plan);
  const total = (totalCents / 100).toLocaleString(navigator.language, { style: "currency", currency });
  return taxCents === 0 ? total : `${total}, ${taxPercent} % tax included`;
}
