import type { Breakers } from "../../shared/breaker/breakers.ts";
import { pausable } from "./jobs.ts";
import { createProcess, type Surroundings } from "./process.ts";
import { reachedPorts, type Services } from "./reached-ports.ts";

/** An operator who pauses a job and resumes it, while its queue is read on. */
export function createPausing(services: Services, surroundings: Surroundings) {
  const { clock, faults } = surroundings;
  let pausedAt: number | undefined;

  /** Until it has worked, whatever dies. */
  async function insist(act: (breakers: Breakers) => Promise<unknown>): Promise<void> {
    for (let done = false; !done; ) {
      const process = createProcess(surroundings);
      const { breakers } = reachedPorts(services, process, { newer: false, refusing: false });
      const acted = act(breakers).then(
        () => true,
        () => false,
      );
      done = await Promise.race([acted, process.died.then(() => false)]);
    }
  }

  return {
    /** Since when a job is paused, ms since 1970. */
    since: (job: string) => (job === pausable ? pausedAt : undefined),
    async work(): Promise<void> {
      const span = faults.span("jobPaused");
      if (!span) return;
      await clock.sleep(span.from - clock.now());
      await insist((breakers) => breakers.pause(pausable));
      pausedAt = clock.now();
      await clock.sleep(span.to - clock.now());
      pausedAt = undefined;
      await insist((breakers) => breakers.resume(pausable));
    },
  };
}
