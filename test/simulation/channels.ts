import { OutageError } from "../../shared/catalog/job-errors.ts";
import { fraction } from "../../shared/clock/entropy.ts";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import type { Ledger } from "../../shared/ledger/ledger.ts";
import { done, hideFor, type Next } from "../../shared/notification/next.ts";
import type { PushWorkerPorts } from "../../shared/notification/push-worker.ts";
import type { WebhookChannel } from "../../shared/webhook/webhook-channel.ts";
import type { SimulatedProcess, Surroundings } from "./process.ts";

/** What somebody was told. */
export interface Heard {
  /** The notification's. */
  readonly id: string;
  readonly flow: FlowView;
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
  webhooksOf(process: SimulatedProcess): WebhookChannel;
  pushOf(process: SimulatedProcess): PushWorkerPorts["push"];
  /** Somebody watches a flow for so long that it ends in the meantime, mostly. */
  watch(flow: string, ledger: Ledger): Promise<void>;
}

const watchedMilliseconds = 2 * 3600 * 1000;

export function createChannels({ clock, entropy, faults }: Surroundings): Channels {
  const webhooks: Heard[] = [];
  const pushes: Heard[] = [];
  const watchedFrom = new Map<string, number>();

  function checkUp(): void {
    if (faults.lasts("channelsDown")) throw new OutageError("connect ECONNREFUSED", "webhooks");
  }

  /** Half a minute is longer than a webhook has. */
  async function fail(): Promise<Next | undefined> {
    const drawn = fraction(entropy);
    if (drawn < 0.4) return hideFor(30);
    if (drawn < 0.8) throw new Error("ECONNRESET");
    await clock.sleep(30_000);
    return undefined;
  }

  return {
    webhooks,
    pushes,
    watchedFrom,
    webhooksOf: ({ call }) => ({
      async deliver({ id, view: flow }) {
        checkUp();
        const next = faults.strikes("webhookFails") ? await fail() : undefined;
        if (next) return next;
        if (!flow) throw new Error("webhook: told with the flow's view, got none");
        await call(async () => void webhooks.push({ id, flow, at: clock.now() }));
        return done;
      },
      probe: async () => done,
    }),
    pushOf:
      ({ call }) =>
      async ({ id, flow }) => {
        checkUp();
        await call(async () => void pushes.push({ id, flow, at: clock.now() }));
      },
    async watch(flow, ledger) {
      const seen = await ledger.watch(flow, clock.now() + watchedMilliseconds).catch(() => undefined);
      if (seen) watchedFrom.set(flow, seen.version ?? 0);
    },
  };
}
