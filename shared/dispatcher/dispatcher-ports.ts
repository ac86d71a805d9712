import type { Breakers } from "../breaker/breakers.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { DurationProfile } from "../catalog/queue-settings.ts";
import type { Clock } from "../clock/clock.ts";
import type { Entropy } from "../clock/entropy.ts";
import type { CheckAddress, CloseAddress, SendAddress, StartAddress } from "../envelope/address.ts";
import type { Envelope } from "../envelope/envelope.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log/event.ts";
import type { Queue, ReceivedMessage } from "../queue/queue.ts";

/** All that the steps of the dispatcher work with. */
export interface DispatcherPorts {
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly breakers: Pick<Breakers, "read">;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly profile: DurationProfile;
}

/** A message of the dispatch queue that could be read. */
export interface DispatchMessage {
  readonly message: ReceivedMessage;
  readonly address: StartAddress | CheckAddress | CloseAddress | SendAddress;
  /** Undefined where the message carries a pointer to it: the dispatcher never loads a payload. */
  readonly envelope: Envelope | undefined;
}
