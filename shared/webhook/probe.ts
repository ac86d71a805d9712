import { webhookPostRoomSeconds } from "../catalog/queue-settings.ts";
import { done, hideFor, type Next } from "../notification/next.ts";
import { drain, type Progress } from "./drain.ts";
import { knock } from "./knock.ts";
import { asLine } from "./lines.ts";
import type { Probe } from "./probe-message.ts";
import { isLost, nextTurn } from "./probe-schedule.ts";
import { type LineItem, lineId } from "./records.ts";
import type { WebhookPorts } from "./webhook-ports.ts";
import { probeSet, turnEnded, turnTaken } from "./writes.ts";

/**
 * A turn of the message that stands for all that is parked in one line. While that is down one delivery is tried; once it answers all
 * go, as long as there is time, of which `remaining` tells the milliseconds. Then the message is hidden until the next is due, or goes, where nobody waits any more: it is never sent again by itself. Throws what
 * the ports throw.
 */
export async function takeProbeTurn(
  ports: WebhookPorts,
  probe: Probe,
  remaining: () => number,
): Promise<Next> {
  const { table, clock } = ports;
  const found = asLine((await table.get([lineId(probe.line)])).get(lineId(probe.line)), probe.line);
  const line = found && (await adopted(ports, found, probe));
  if (!line) return done;
  const now = clock.now();
  const { probeDue = 0 } = line;
  if (probeDue > now) return hideFor((probeDue - now) / 1000);
  const turn = await table.update(turnTaken(probe.line, probe.id, now, now + remaining()));
  const mine = asLine(turn.record, probe.line);
  // A copy of this message, or of another time: its turn, or that of whoever died in it, will be over.
  if (!turn.applied || !mine) return hideFor(Math.max(1, ((mine?.turnEnd ?? now) - now) / 1000));

  const enoughTime = () => remaining() > webhookPostRoomSeconds * 1000;
  let progress =
    mine.since === undefined ? await drain(ports, mine, enoughTime) : await knock(ports, mine, enoughTime);
  for (;;) {
    const { head, tail, due = clock.now() } = progress;
    const next = head === tail ? undefined : due;
    const ended = await table.update(turnEnded(probe.line, probe.id, { head, tail, due: next }));
    if (ended.applied) return next === undefined ? done : hideFor((next - clock.now()) / 1000);
    const changed = asLine(ended.record, probe.line);
    if (changed?.probe !== probe.id) return done;
    progress = await seeMore(ports, progress, changed, enoughTime);
  }
}

/** The line, where this is its probe, or may be: one that is in no record takes the place of one that is lost. */
async function adopted(ports: WebhookPorts, found: LineItem, probe: Probe): Promise<LineItem | undefined> {
  if (found.probe === probe.id) return found;
  const isEmpty = (found.head ?? 0) === (found.tail ?? 0);
  if (isEmpty || (found.probe !== undefined && !isLost(ports, found))) return undefined;
  const now = ports.clock.now();
  const set = await ports.table.update(
    probeSet(probe.line, found.probe, { id: probe.id, due: now, setAt: now }),
  );
  return set.applied ? asLine(set.record, probe.line) : undefined;
}

/** What was parked during the turn: behind a line that is down it waits like the rest. */
async function seeMore(
  ports: WebhookPorts,
  { line, head, tail, due }: Progress,
  changed: LineItem,
  enoughTime: () => boolean,
): Promise<Progress> {
  const newTail = changed.tail ?? tail;
  if (line.since !== undefined || !enoughTime()) {
    const next = nextTurn(ports, line);
    return { line, head, tail: newTail, due: Math.min(next, due ?? next) };
  }
  const more = await drain(ports, { ...line, head: tail, tail: newTail }, enoughTime);
  const dues = [due, more.due].flatMap((each) => each ?? []);
  return {
    ...more,
    head: head === tail ? more.head : head,
    due: dues.length === 0 ? undefined : Math.min(...dues),
  };
}
