import * as v from "valibot";
import { idPattern } from "../shared/index.ts";
import { record } from "./schemas.ts";

/**
 * Files that a person sends for a request to come: they go to a bucket of their own, straight from the browser, and only
 * their id travels in requests and messages. Who claims one has it copied to where no upload's form can write any more.
 */

/** Of one upload, in bytes: 10 MiB. A photograph of 48 megapixels has 8 or so. */
export const maximumUploadBytes = 10 * 1024 * 1024;

/** How long an upload's form is good for, in seconds: 10 MiB at 150 KB a second take one minute, at a telephone's worst ten. */
export const uploadFormSeconds = 600;

/** What a form may be for. What was really sent the job sees by the bytes alone. */
const pictureTypes = ["image/jpeg", "image/png", "image/webp", "image/avif", "image/gif"] as const;

/** What is said of an upload before it is sent. */
export const uploadInput = record({
  kind: v.picklist(["avatar"], '"avatar"'),
  type: v.picklist(pictureTypes, pictureTypes.join(" or ")),
  size: v.pipe(
    v.number("a number of bytes"),
    v.integer("a whole number of bytes"),
    v.minValue(1, "at least 1 byte"),
    v.maxValue(maximumUploadBytes, `at most ${maximumUploadBytes} bytes`),
    v.metadata({ description: "Of the file, in bytes: exactly what will be sent." }),
  ),
});

/** An upload's id: 128 random bits, in the form of a flow's. */
export const uploadId = v.pipe(
  v.string("an upload's id"),
  v.regex(idPattern, "an upload's id"),
  v.metadata({ description: "What `POST /uploads` answered as `id`." }),
);

/** What a browser needs to send one file: a form of these fields, and the file as its last, `file`. */
export interface UploadForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Whose an upload is, for who claims it: its own now, another flow's, or there is no such upload, or not any more. */
export type Claim = "claimed" | "taken" | "missing";

/** The bucket of uploads. */
export interface Uploads {
  /** A form by which anybody can send one file of exactly that type and size, for `uploadFormSeconds`. */
  form(upload: string, file: { readonly type: string; readonly size: number }): Promise<UploadForm>;
  /**
   * Makes an upload a flow's own, as it is now: what is sent by its form later changes nothing. The same claim again finds
   * the copy that there is. Of one upload there is one copy at the most, whoever claims it.
   */
  claim(upload: string, flow: string): Promise<Claim>;
  /**
   * The bytes of an upload that the flow has claimed; undefined where there are none, or none any more.
   * @throws Error where there are more than `maximumUploadBytes`.
   */
  read(upload: string, flow: string, call: { readonly signal: AbortSignal }): Promise<Uint8Array | undefined>;
}
