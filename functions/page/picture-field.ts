import { element, say, sayAloud } from "./elements.ts";
import { browserNetwork } from "./patience.ts";
import type { Waiting } from "./patient-post.ts";
import { UploadRefusedError, uploadPicture } from "./upload-picture.ts";

/** The field of the picture. What is chosen is sent at once, so that it is there when the form is. */
export interface PictureField {
  /**
   * The upload's id, once it is sent; undefined where there is no picture. Which picture that is may change meanwhile. Rejects where it
   * was refused, with the words at the field.
   */
  upload(): Promise<string | undefined>;
  /** The upload is of no use any more: the next `upload` sends the picture again. */
  expire(): void;
  clear(): void;
}

interface Chosen {
  readonly file: File;
  readonly preview: string;
  /** Aborted as soon as another is chosen, or none. */
  readonly ending: AbortController;
  upload: Promise<string> | undefined;
}

export function createPictureField(showError: (words: string) => void): PictureField {
  let chosen: Chosen | undefined;

  function choose(file: File | undefined): void {
    if (chosen) discard(chosen);
    showError("");
    showSending(undefined);
    chosen = file && take(file);
    showChosen(chosen);
    // What goes wrong here is at the field; `upload` says it to the form.
    if (chosen) send(chosen, showError).catch(() => {});
  }

  async function upload(): Promise<string | undefined> {
    for (;;) {
      const picture = chosen;
      if (!picture) return undefined;
      const [sent] = await Promise.allSettled([send(picture, showError)]);
      // Taken out or replaced meanwhile: what became of it, most often cut off, is nobody's any more.
      if (chosen !== picture) continue;
      if (sent.status === "rejected") throw sent.reason;
      return sent.value;
    }
  }

  takeChoices(choose);
  return {
    upload,
    expire() {
      if (chosen) chosen.upload = undefined;
    },
    clear: () => choose(undefined),
  };
}

function take(file: File): Chosen {
  const preview = URL.createObjectURL(file);
  return { file, preview, ending: new AbortController(), upload: undefined };
}

function discard({ preview, ending }: Chosen): void {
  ending.abort();
  URL.revokeObjectURL(preview);
}

/** Sends the picture, once for all who ask; after a failure it is sent again. */
function send(picture: Chosen, showError: (words: string) => void): Promise<string> {
  showError("");
  picture.upload ??= uploadShown(picture).catch((error: unknown) => {
    picture.upload = undefined;
    const isChosen = !picture.ending.signal.aborted;
    if (isChosen && error instanceof UploadRefusedError) showError(error.message);
    throw error;
  });
  return picture.upload;
}

async function uploadShown({ file, ending: { signal } }: Chosen): Promise<string> {
  showSending({ words: sendingWords, sent: 0 });
  try {
    const id = await uploadPicture(file, {
      ...{ signal, network: browserNetwork() },
      progress: (sent) => showSending({ words: sendingWords, sent }),
      waiting: (waiting) => showSending({ words: waitingWords(waiting), sent: 0 }),
    });
    showSending({ words: "Your picture is there.", sent: 1 });
    return id;
  } catch (error) {
    if (!signal.aborted) showSending(undefined);
    throw error;
  }
}

const sendingWords = "Sending your picture.";

function waitingWords({ why, seconds }: Waiting): string {
  if (why === "offline") return "You are offline. Your picture is sent as soon as you are back.";
  return `Your picture can’t be sent at the moment. Trying again in ${seconds} s.`;
}

function showChosen(picture: Chosen | undefined): void {
  const image = element("avatar-preview", HTMLImageElement);
  image.hidden = !picture;
  if (picture) image.src = picture.preview;
  else image.removeAttribute("src");
  element("avatar-remove", HTMLButtonElement).hidden = !picture;
  element("avatar-hint", HTMLElement).hidden = picture !== undefined;
  say(element("avatar-name", HTMLElement), picture ? picture.file.name : "Choose a picture, or drop it here");
}

function showSending(sending: { readonly words: string; readonly sent: number } | undefined): void {
  const bar = element("avatar-progress", HTMLProgressElement);
  const { words = "", sent = 0 } = sending ?? {};
  bar.hidden = !sending;
  bar.value = sent;
  const status = element("avatar-status", HTMLElement);
  if (status.textContent !== words) sayAloud(status, words);
  // Not among the words, which are read out; the bar says it to who asks.
  say(element("avatar-percent", HTMLElement), sending ? `${Math.floor(sent * 100)} %` : "");
}

/** By the dialog, by a drop, or taken out. */
function takeChoices(choose: (file: File | undefined) => void): void {
  const input = element("avatar", HTMLInputElement);
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    // So that the same file, mended, can be chosen again.
    input.value = "";
    if (file) choose(file);
  });
  element("avatar-remove", HTMLButtonElement).addEventListener("click", () => {
    choose(undefined);
    input.focus();
  });
  takeDrops(element("avatar-drop", HTMLElement), choose);
}

/** A file that is dropped beside the field is left alone: the browser would leave the page to show it. */
function takeDrops(place: HTMLElement, choose: (file: File) => void): void {
  const over = (event: DragEvent) => event.target instanceof Node && place.contains(event.target);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = over(event) ? "copy" : "none";
    place.toggleAttribute("data-over", over(event));
  });
  document.addEventListener("dragleave", () => place.removeAttribute("data-over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    place.removeAttribute("data-over");
    const [file] = event.dataTransfer?.files ?? [];
    if (file && over(event)) choose(file);
  });
}
