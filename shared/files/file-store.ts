/** Where handlers keep what a user may download later: a document, a picture, a long text. */
export interface FileStore {
  /** Stores the bytes under the key; the same key again replaces them. A job gives its signal, so that its deadline ends it. */
  put(
    key: string,
    bytes: Uint8Array,
    options: { readonly contentType: string; readonly fileName?: string; readonly signal?: AbortSignal },
  ): Promise<void>;
  /** A URL from which anyone can fetch the file for `expiresSeconds`. */
  url(key: string, options: { readonly expiresSeconds: number }): Promise<string>;
}

/** `<flow>/<key>/<run>/<file>`: deterministic, so that a repeated attempt replaces its own file and no other's. */
export function jobFileKey(
  job: { readonly flow: { readonly id: string }; readonly key: string; readonly run: number },
  file: string,
): string {
  return `${job.flow.id}/${job.key}/${job.run}/${file}`;
}
