const names = ["Root", "Parent", "Sampled"];
const strictForm = /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}(;Parent=[0-9a-f]{16})?(;Sampled=[01])?$/;

/** Longer is not read: the three fields take 74 characters, and nobody who is honest adds as much as the rest. */
const longestHeader = 512;

/**
 * An X-Ray tracing header in its strict form, `Root=1-…;Parent=…;Sampled=1`, the last two where they are known;
 * undefined for anything else, since no trace is worth refusing a flow. What others add is dropped, `Lineage` above all:
 * Lambda counts its hops in it, and a caller with a high count might have our functions stopped as a loop.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export function parseTrace(header: string | undefined): string | undefined {
  if (header === undefined || header.length > longestHeader) return undefined;
  // `?` leaves the sampling to whoever is next, as if nothing was said.
  const parts = header.split(";").map((part) => part.trim());
  const known = parts.filter((part) => part !== "Sampled=?");
  const trace = names.flatMap((name) => known.filter((part) => part.startsWith(`${name}=`))).join(";");
  return strictForm.test(trace) ? trace : undefined;
}
