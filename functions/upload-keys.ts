/** What the keys of uploads begin with where they arrive, and where they lie once claimed: permissions and lifecycles are by it. */
export const incomingPrefix = "incoming/";
export const claimedPrefix = "claimed/";

/** Where an upload arrives. */
export function incomingKey(upload: string): string {
  return `${incomingPrefix}${upload}`;
}

/** Where a flow's own copy of it lies. */
export function claimedKey(flow: string, upload: string): string {
  return `${claimedPrefix}${flow}/${upload}`;
}
