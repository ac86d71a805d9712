import type { Resources } from "./access/resources.ts";

/** So many flows are tidied up at the same time. */
const side = 10;

/** Takes away what flows and people left in tables and buckets. Dead letters went when they were read. */
export async function tidyUp(
  { files, payloads, uploads, profiles, ledger }: Resources,
  created: {
    readonly flows: readonly string[];
    readonly emails: readonly string[];
    readonly uploads: readonly string[];
    readonly ended: ReadonlySet<string>;
  },
): Promise<void> {
  await inGroups(created.emails, async (email) => {
    const id = email.toLowerCase();
    const bioFile = (await profiles.read(id))?.["bioFile"];
    if (typeof bioFile === "string") await files.remove(bioFile);
    await profiles.remove(id);
  });
  await inGroups(created.uploads, (upload) => uploads.remove(`incoming/${upload}`));
  // Of a flow that still runs, the ledger's item and the payloads are in use.
  const { ended = [], open = [] } = Object.groupBy(created.flows, (flow) =>
    created.ended.has(flow) ? "ended" : "open",
  );
  await inGroups(ended, async (flow) => {
    for (const key of await files.list(`${flow}/`)) await files.remove(key);
    for (const key of await payloads.list(`flows/${flow}/`)) await payloads.remove(key);
    await ledger.remove(flow);
  });
  // So is what one of them has claimed, which the bucket's lifecycle takes later.
  if (open.length === 0) await inGroups(created.uploads, (upload) => uploads.remove(`claimed/${upload}`));
  if (open.length > 0) process.stdout.write(`Left behind, since they still run: flows ${open.join(", ")}\n`);
}

async function inGroups<Value>(
  values: readonly Value[],
  work: (value: Value) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < values.length; from += side) {
    await Promise.all(values.slice(from, from + side).map(work));
  }
}
