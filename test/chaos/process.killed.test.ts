import { setTimeout as pause } from "node:timers/promises";
import { afterAll, expect, test } from "@jest/globals";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import { type Embedded, spawnEmbedded, startEmbedded, stateDirectory } from "../support/embedded.ts";
import { eventually } from "../support/eventually.ts";
import { type Crowd, startCrowd } from "./crowd.ts";
import { brokenPromises, doubledMails, endedFlows, keptMails, readEffects } from "./effects.ts";
import { type KilledRun, slowestRestart } from "./restarts.ts";
import { seeded } from "./seed.ts";

/** Five in CI, fifty every night. */
const kills = Number(process.env["ERRAND_KILLS"] ?? 5);
const state = stateDirectory();
const killed: KilledRun[] = [];
let service: Embedded;
let crowd: Crowd | undefined;
afterAll(async () => {
  await crowd?.abandon();
  await service.end("SIGKILL");
  state.remove();
});

test(
  `after ${kills} times kill -9 at random steps under load, whoever was accepted has one profile, one receipt and one mail, or two where a kill came between them`,
  async () => {
    const { below, replay } = seeded("chaos/process", { ERRAND_KILLS: kills });
    process.stdout.write(`replay: ${replay}\n`);
    service = await startEmbedded(state.path);
    crowd = startCrowd("person", (path, options) => service.call(path, options));
    while (killed.length < kills) {
      await printed(service, 1 + below(1500));
      await pause(below(20));
      await kill(service);
      // One that has only begun to read its state is killed as well.
      if (killed.length < kills && below(5) === 0) {
        const run = spawnEmbedded("--port", "0", "--state", state.path);
        await pause(below(1500));
        await kill(run);
      }
      service = await startEmbedded(state.path);
    }
    await crowd.stop();

    const flows = await endedFlows(service, crowd.members);
    await queuesEmpty(service);
    const mails = await keptMails(service);
    const failed = [...flows.values()].filter(({ status }) => status === "failed");
    const slowest = slowestRestart([
      ...killed,
      { output: service.output(), killedAt: Number.POSITIVE_INFINITY },
    ]);
    process.stdout.write(
      `${killed.length} kills, ${crowd.members.length} sign-ups accepted, ${flows.size} finished (${failed.length} by a mail's unknown outcome), ` +
        `${doubledMails(mails)} mails doubled, at most ${(slowest / 1000).toFixed(1)} s from a kill to the second start of its job\n`,
    );
    const killBetween = (from: number, to: number) =>
      killed.filter(({ killedAt }) => killedAt >= from && killedAt <= to).length;
    const broken = brokenPromises(flows, await readEffects(service, mails), {
      doubled: (first, second) => killBetween(first.at, second.at) >= 1,
      // A mail that was cut off is sent once more at the most: cut off again, its job says so.
      failed: (flow) => killBetween(Date.parse(flow.createdAt), Date.now()) >= 2 && onlyUnknownMail(flow),
    });
    expect({ replay, broken }).toEqual({ replay, broken: [] });
    expect(flows.size).toBeGreaterThan(kills * 5);
  },
  120_000 + kills * 20_000,
);

async function kill(run: Pick<Embedded, "output" | "end">): Promise<void> {
  const killedAt = Date.now();
  await run.end("SIGKILL");
  killed.push({ output: run.output(), killedAt });
}

/** Waits for so many more lines, a step of a flow each. */
async function printed({ output }: Embedded, lines: number): Promise<void> {
  const before = linesOf(output()).length;
  await eventually(async () => (linesOf(output()).length - before >= lines ? true : undefined));
}

function linesOf(text: string): readonly string[] {
  return text.split("\n");
}

/** Whatever was still to be done may come to light only now: a duplicate, a check. */
async function queuesEmpty({ json }: Embedded): Promise<void> {
  await eventually(async () => {
    type Depth = Readonly<Record<"visible" | "inFlight" | "delayed", number>>;
    const depths = Object.values(await json<Record<string, Depth>>("/_local/queues"));
    return depths.every(({ visible, inFlight, delayed }) => visible + inFlight + delayed === 0) || undefined;
  });
}

function onlyUnknownMail({ jobs }: FlowView): boolean {
  const failed = jobs.filter(({ status }) => status === "failed");
  return failed.every(({ job, error }) => job === "send-welcome-email" && error === "outcome unknown");
}
