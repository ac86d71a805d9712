import type { Catalog } from "../catalog/catalog.ts";
import type { DurationProfile } from "../catalog/queue-settings.ts";
import type { Clock } from "../clock/clock.ts";
import type { Entropy } from "../clock/entropy.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Table } from "../ledger/table.ts";
import type { Log } from "../log/event.ts";
import type { Post } from "../outbound/guarded-post.ts";
import type { Queue } from "../queue/queue.ts";
import type { MasterSecret } from "./origin-secret.ts";
import type { WebhookItem } from "./records.ts";

export interface WebhookPorts {
  /** The ledger's own, under the items' own names. */
  readonly table: Table<WebhookItem>;
  readonly ledger: Pick<Ledger, "read">;
  readonly catalog: Catalog;
  readonly queue: Pick<Queue, "send">;
  readonly post: Post;
  readonly masterSecret: () => Promise<MasterSecret>;
  /** The operator's endpoints as they are configured now. Default none. */
  readonly defaults?: readonly string[];
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly profile: DurationProfile;
  readonly log: Log;
}
