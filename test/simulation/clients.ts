import type { FlowDefinition } from "../../shared/catalog/flow.ts";
import { fraction } from "../../shared/clock/entropy.ts";
import { createLostCheckArmer } from "../../shared/dispatcher/arm-lost-check.ts";
import type { NotifyOption } from "../../shared/notification/notify-option.ts";
import { createProducer } from "../../shared/producer/producer.ts";
import type { Channels } from "./channels.ts";
import type { Deploy } from "./deploys.ts";
import { createProcess, type Surroundings } from "./process.ts";
import { reachedPorts, type Services } from "./reached-ports.ts";

export interface ClientOptions {
  readonly flow: FlowDefinition;
  readonly deployed: () => Deploy;
  /** Whether a flow has ended. */
  readonly hasEnded: (flow: string) => boolean;
  /** Begins to watch a flow. */
  readonly watch: Channels["watch"];
  /** Whether a flow that has ended may be opened again. */
  readonly mayReopen: boolean;
}

/** What a caller wants, each time that it asks. */
interface Wish {
  readonly text: string;
  readonly key: string;
  readonly notify: NotifyOption | undefined;
}

/** Within how long all callers sign up, so that a lasting fault finds jobs in every state. */
const signUpSeconds = 180;

/** How long a caller goes on asking for its 202. */
const patienceMilliseconds = 24 * 3600 * 1000;

/** Callers who repeat with their key until they have their 202, and some of them once more. */
export function createClients(services: Services, surroundings: Surroundings, options: ClientOptions) {
  const { clock, entropy, faults, spawn } = surroundings;
  const accepted = new Set<string>();
  let waiting = 0;
  const wait = (leastSeconds: number, mostSeconds: number) =>
    clock.sleep((leastSeconds + fraction(entropy) * (mostSeconds - leastSeconds)) * 1000);

  async function request({ text, key, notify }: Wish): Promise<string | undefined> {
    const process = createProcess(surroundings);
    const producer = createProducer(reachedPorts(services, process, options.deployed()));
    const asked = { idempotencyKey: key, notify };
    const start = producer.start(options.flow, { text }, asked).catch(() => undefined);
    const answer = await Promise.race([start, process.died]);
    if (answer) accepted.add(answer.flow.id);
    return answer?.flow.id;
  }

  /** Nobody but its caller can bring back a flow whose check is gone. */
  async function bringBack(flow: string, wish: Wish): Promise<void> {
    while (options.mayReopen || !options.hasEnded(flow)) {
      await wait(3600, 3700);
      if (services.lostChecks.has(flow) && !options.hasEnded(flow)) await request(wish);
    }
  }

  /** As the status route does, by a process that may die of it. */
  async function look(flow: string): Promise<void> {
    while (options.mayReopen || !options.hasEnded(flow)) {
      await wait(60, 7200);
      const process = createProcess(surroundings);
      const ports = reachedPorts(services, process, options.deployed());
      const looked = ports.ledger.read(flow).then((seen) => seen && createLostCheckArmer(ports)(seen));
      await Promise.race([looked.catch(() => undefined), process.died]);
    }
  }

  /** Some time after the 202, and by a process that may die of it. */
  async function watch(flow: string): Promise<void> {
    await wait(0, 60);
    const process = createProcess(surroundings);
    const { ledger } = reachedPorts(services, process, options.deployed());
    await Promise.race([options.watch(flow, ledger), process.died]);
  }

  /** The caller of that number, who begins after so many seconds. */
  async function signUp(index: number, seconds: number): Promise<void> {
    waiting++;
    await clock.sleep(seconds * 1000);
    // Two bytes a character: sizes are counted in bytes.
    const text = "é".repeat(Math.floor(fraction(entropy) * 200) + (faults.strikes("large") ? 600_000 : 0));
    const notify = faults.strikes("asked") ? { webhook: "https://example.com/" } : undefined;
    const wish = { text, key: `sign-up-number-${index}`, notify };
    let flow: string | undefined;
    let wanted = faults.strikes("replay") ? 2 : 1;
    const end = clock.now() + patienceMilliseconds;
    for (let patience = 2; wanted > 0 && clock.now() < end; patience = Math.min(120, patience * 2)) {
      flow = await request(wish);
      if (flow !== undefined) wanted--;
      await wait(1, patience);
    }
    waiting--;
    if (flow !== undefined && faults.strikes("watched")) spawn(watch(flow));
    if (flow !== undefined && faults.strikes("looked")) spawn(look(flow));
    if (flow !== undefined && faults.likelihood("loseCheck") > 0) await bringBack(flow, wish);
  }

  return {
    accepted,
    /** Whether a caller still wants something. */
    isWaiting: () => waiting > 0,
    /** So many callers. Half of the worlds are asked for all at once, so that batches are full. */
    comeAll(count: number): void {
      const burst = fraction(entropy) < 0.5 ? fraction(entropy) * signUpSeconds : undefined;
      for (let index = 0; index < count; index++) {
        spawn(signUp(index, burst ?? fraction(entropy) * signUpSeconds));
      }
    },
  };
}
