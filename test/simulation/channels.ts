import { OutageError, RetryAfterError } from "../../shared/catalog/job-errors.ts";
import { fraction } from "../../shared/clock/entropy.ts";
import type { Ledger } from "../../shared/ledger/ledger.ts";
import type { Notification, NotificationChannels } from "../../shared/notification/notification.ts";
import type { SimulatedProcess, Surroundings } from "./process.ts";

/** What somebody was told. */
export interface Heard extends Pick<Notification, "id" | "flow" | "about"> {
  /** Ms since 1970. */
  readonly at: number;
}

/** Who is told of flows, and by what. */
export interface Channels {
  readonly webhooks: readonly Heard[];
  readonly pushes: readonly Heard[];
  /** The version that a flow had when somebody began to watch it. */
  readonly watchedFrom: ReadonlyMap<string, number>;
  /** As a process reaches them. */
  channelsOf(process: SimulatedProcess): NotificationChannels;
  /** Somebody watches a flow for so long that it ends in the meantime, mostly. */
  watch(flow: string, ledger: Ledger): Promise<void>;
}

const watchedMilliseconds = 2 * 3600 * 1000;

export function createChannels({ clock, entropy, faults }: Surroundings): Channels {
  const webhooks: Heard[] = [];
  const pushes: Heard[] = [];
  const watchedFrom = new Map<string, number>();
  const heard = ({ id, flow, about }: Notification): Heard => ({ id, flow, about, at: clock.now() });

  function checkUp(): void {
    if (faults.lasts("channelsDown")) throw new OutageError("connect ECONNREFUSED", "webhooks");
  }

  /** Half a minute is longer than a webhook has. */
  async function fail(): Promise<void> {
    const drawn = fraction(entropy);
    if (drawn < 0.4) throw new RetryAfterError("503", 30);
    if (drawn < 0.8) throw new Error("ECONNRESET");
    await clock.sleep(30_000);
  }

  return {
    webhooks,
    pushes,
    watchedFrom,
    channelsOf: ({ call }) => ({
      async webhook(notification) {
        checkUp();
        if (faults.strikes("webhookFails")) await fail();
        await call(async () => void webhooks.push(heard(notification)));
      },
      async push(notification) {
        checkUp();
        await call(async () => void pushes.push(heard(notification)));
      },
    }),
    async watch(flow, ledger) {
      const seen = await ledger.watch(flow, clock.now() + watchedMilliseconds).catch(() => undefined);
      if (seen) watchedFrom.set(flow, seen.version ?? 0);
    },
  };
}
