import { breakerId, breakersOf, isOpen } from "../breaker/breaker.ts";
import { definitionName, type FlowRecord } from "../flow/flow-record.ts";
import { waitingStatuses } from "../flow/state-machine.ts";
import type { DispatcherPorts } from "./dispatcher-ports.ts";
import type { Gate } from "./mend.ts";

/** What keeps the flow's waiting jobs from running, or did: one read for all of them, none where no job waits. */
export async function readGates(
  { breakers, catalog }: DispatcherPorts,
  flow: FlowRecord,
): Promise<(definition: string) => Gate> {
  const namesOf = (definition: string) =>
    breakersOf(catalog.jobs.get(definition) ?? { name: definition, uses: [] });
  const waiting = Object.entries(flow.jobs).filter(([, { status }]) =>
    waitingStatuses.some((each) => each === status),
  );
  const names = new Set(waiting.flatMap(([key, job]) => namesOf(definitionName(key, job))));
  const found = names.size === 0 ? [] : await breakers.read([...names]);
  return (definition) => {
    const ids = namesOf(definition).map(breakerId);
    const own = found.filter(({ id }) => ids.includes(id));
    return { shut: own.some(isOpen), closedAt: Math.max(0, ...own.map(({ closedAt = 0 }) => closedAt)) };
  };
}
