/** What the keys of uploads begin with where they arrive, and where they lie once claimed: permissions and lifecycles are by it. */
export const incomingPrefix = "incoming/";
export const claimedPrefix = "claimed/";

/** Where an upload arrives. */
export function incomingKey(upload: string): string {
  return `${incomingPrefix}${upload}`;
}

/** Where the one copy of it lies, once a flow has claimed it. Whose it is stands in its metadata. */
export function claimedKey(upload: string): string {
  return `${claimedPrefix}${upload}`;
}
