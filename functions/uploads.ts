import * as v from "valibot";

/**
 * Files that a person sends for a request to come: they go to a bucket of their own, straight from the browser, and only
 * their id travels in requests and messages. Who claims one has it copied to where no upload's URL can write any more.
 */

/** Of one upload, in bytes: 10 MiB. A photograph of 48 megapixels has 8 or so. */
export const maximumUploadBytes = 10 * 1024 * 1024;

/** An upload's id: 128 random bits, in the form of a flow's. */
export const uploadId = v.pipe(
  v.string("an upload's id"),
  v.regex(/^[0-9a-hjkmnp-tv-z]{26}$/, "an upload's id"),
  v.metadata({ description: "What `POST /uploads` answered as `id`." }),
);

/** Where a flow's own copy of an upload lies. */
export function claimedKey(flow: string, upload: string): string {
  return `claimed/${flow}/${upload}`;
}

/** What a job reads of the bucket of uploads. */
export interface Uploads {
  /**
   * The bytes under the key; undefined where there are none, or none any more.
   * @throws Error where there are more than `maximumUploadBytes`.
   */
  read(key: string, call: { readonly signal: AbortSignal }): Promise<Uint8Array | undefined>;
}
