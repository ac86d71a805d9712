import type { FlowRecord } from "../../shared/flow/flow-record.ts";
import { deadLetterQueue, notifyQueue, webhookQueue } from "../../shared/queue/queue.ts";
import type { Heard } from "./channels.ts";
import type { World } from "./world.ts";

/** What must hold of who was told what, whatever went wrong. */
export function brokenNotifications(world: World): readonly string[] {
  const { table, channels, queue } = world;
  const letters = [notifyQueue, webhookQueue].flatMap((name) => queue.messages(deadLetterQueue(name)));
  return [
    ...[...table.all()].flatMap((flow) => brokenEnds(world, flow)),
    ...channels.webhooks.flatMap((heard) => brokenWebhook(world, heard)),
    ...channels.pushes.flatMap((heard) => brokenPush(world, heard)),
    ...brokenSends(world),
    ...letters.map(
      ({ attributes }) => `notice: told, got a letter of ${attributes["flow"]}: ${attributes["error"]}`,
    ),
    ...brokenChanges(world),
  ];
}

/** The last end of a flow that asked was told, with its own id: an earlier one may be stale before anybody hears of it. */
function brokenEnds({ channels }: World, { id, epoch, notify, open }: FlowRecord): string[] {
  const own = `${id}.${epoch}`;
  if (notify === undefined || open > 0 || channels.webhooks.some((heard) => heard.id === own)) return [];
  return [`${own}: told, got silence`];
}

function brokenWebhook(world: World, heard: Heard): string[] {
  const { id, flow } = heard;
  if (world.table.flow(flow.id)?.notify === undefined) return [`${id}: told who asked, got somebody else`];
  return isOfEnd(heard) ? brokenEnd(world, heard) : [`${id}: an end, got a change`];
}

function brokenEnd({ table }: World, { id, flow, at }: Heard): string[] {
  const end = table.ends.get(flow.id)?.find(({ epoch }) => `${flow.id}.${epoch}` === id);
  if (!end) return [`${id}: an epoch that has ended, got another`];
  if (end.at > at) return [`${id}: told after the end, got it ${end.at - at} ms before`];
  // Until a redrive opens it again, which makes the end stale, nothing changes.
  if (flow.version !== end.version)
    return [`${id}: told of the flow as that end left it, version ${end.version}, got ${flow.version}`];
  return flow.status === "running" ? [`${id}: told of a flow that has ended, got one that runs`] : [];
}

/** By its id: a change's has the job's key too. */
function isOfEnd({ id }: Heard): boolean {
  return id.split(".").length === 2;
}

function brokenPush(world: World, heard: Heard): string[] {
  const { id, flow } = heard;
  // The ledger's word: a watcher may die before it has the answer.
  if (world.table.flow(flow.id)?.watchedUntil === undefined)
    return [`${id}: pushed to who watches, got nobody`];
  return isOfEnd(heard) ? brokenEnd(world, heard) : [];
}

/** For whom nobody asked, nothing was sent. */
function brokenSends({ table, noticed }: World): string[] {
  return [...noticed].flatMap((flow) => {
    const { notify, watchedUntil } = table.flow(flow) ?? {};
    return notify !== undefined || watchedUntil !== undefined
      ? []
      : [`${flow}: no notice where nobody asked, got one`];
  });
}

/** Where nothing fails, each change is pushed: as many as the flow's version rose by since somebody began to watch. */
function brokenChanges({ table, channels, switches }: World): string[] {
  if (switches.some((name) => name !== "watched" && name !== "asked")) return [];
  const pushed = Map.groupBy(channels.pushes, ({ flow }) => flow.id);
  return [...channels.watchedFrom].flatMap(([flow, from]) => {
    const ids = new Set(pushed.get(flow)?.map(({ id }) => id));
    const changes = (table.flow(flow)?.version ?? 0) - from;
    return ids.size === changes ? [] : [`${flow}: ${changes} changes pushed, got ${ids.size}`];
  });
}
