/** Where payloads too large for a message are kept: one bucket, written once under a key that contains the hash. */
export interface PayloadStore {
  readonly bucket: string;
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** The object, undefined where there is none. Throws TooLargeError before more than `maximumBytes` are held. */
  get(key: string, maximumBytes: number): Promise<Uint8Array | undefined>;
}

/** The object is larger than the reader was willing to hold. */
export class TooLargeError extends Error {
  override readonly name = "TooLargeError";
}
