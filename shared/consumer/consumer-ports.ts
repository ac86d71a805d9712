import type { BreakerWatch } from "../breaker/breaker-watch.ts";
import type { Breakers } from "../breaker/breakers.ts";
import type { JobHandler } from "../catalog/handler.ts";
import type { JobDefinition } from "../catalog/job.ts";
import type { DurationProfile } from "../catalog/queue-settings.ts";
import type { ClaimCheck } from "../claim-check/claim-check.ts";
import type { Clock } from "../clock/clock.ts";
import type { Entropy } from "../clock/entropy.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log/event.ts";
import type { Queue } from "../queue/queue.ts";

/** All that the steps of a consumer work with. */
export interface ConsumerPorts {
  readonly job: JobDefinition;
  // biome-ignore lint/suspicious/noExplicitAny: the definition's schema has parsed the input for this handler
  readonly handler: JobHandler<any>;
  readonly ledger: Ledger;
  readonly breakers: Breakers;
  readonly queue: Queue;
  readonly claimCheck: ClaimCheck;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly profile: DurationProfile;
  /** Called when a handler ignores its abort, after all else is settled: end the process, nothing else stops it. */
  readonly onStuck: () => void;
}

/** With what this process knows of the breakers that concern its job. */
export interface ConsumerTools extends ConsumerPorts {
  readonly watch: BreakerWatch;
}
