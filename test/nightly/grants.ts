import { startTarget } from "../acceptance/start-target.ts";
import { type Emulator, openEmulator } from "./grants/emulator.ts";
import { grantsOf, type Holding } from "./grants/grant.ts";
import { type Planned, planOf } from "./grants/plan.ts";
import { type Right, without } from "./grants/policies.ts";
import { cannotShow, type Round, rounds } from "./grants/rounds.ts";
import { runUntilRed, type SuiteEnd, type SuitePart } from "./grants/run-until-red.ts";
import type { Part, Report } from "./part.ts";

/**
 * Whether each grant is needed: on a MiniStack that enforces IAM, the acceptance suite is green with all of them, and red as
 * soon as one is taken away.
 */
export const grants: Part = async (report, signal) => {
  const asked = {
    target: "ministack",
    outputs: undefined,
    url: undefined,
    enforceIam: true,
    files: [],
    except: [],
  } as const;
  const { place, stop } = await startTarget(asked);
  try {
    const emulator = openEmulator(place);
    const run: Run = (part) => runUntilRed(place, emulator, part, signal);
    await checkEach(emulator, run, report).finally(emulator.close);
  } finally {
    await stop();
  }
};

type Run = (part: SuitePart) => Promise<SuiteEnd>;

async function checkEach(emulator: Emulator, run: Run, report: Report): Promise<void> {
  const plan = planOf(grantsOf(await emulator.policies(), emulator.names), rounds, cannotShow);
  const shown = plan.flatMap((planned) => ("reason" in planned ? [] : [planned]));
  for (const planned of plan) {
    if ("reason" in planned) report.skipped(`${planned.grant.name}: ${planned.reason}`);
  }
  const showAll = async (those: readonly Shown[]) => {
    for (const planned of those) await show(emulator, run, planned, report);
  };
  await showAll(shown.filter(({ round }) => round.once));
  // What is red with every grant would tell nothing later.
  for (const part of partsOf(Object.values(rounds))) {
    const { red, details } = await run(part);
    if (red !== undefined) return report.failed(`red with every grant: ${red}\n${details}`);
  }
  report.passed("green with every grant");
  await showAll(shown.filter(({ round }) => !round.once));
}

type Shown = Exclude<Planned, { readonly reason: string }>;

async function show(
  emulator: Emulator,
  run: Run,
  { grant, round, holding }: Shown,
  report: Report,
): Promise<void> {
  const what = `${grant.name} (${holding.owner}): ${round.file}`;
  const { red, details } = await runWithout(emulator, run, holding, round);
  if (red === undefined) report.failed(`green without ${what}\n${details}`);
  else report.passed(`red without ${what}: ${red}`);
}

/** A message that is hidden for a minute is waited for. */
const patienceSeconds = 180;

/** All that the rounds run: the files that are run whole together. */
function partsOf(all: readonly Round[]): readonly SuitePart[] {
  const whole = all.filter(({ test }) => test === undefined).map(({ file }) => file);
  const single = all.filter(({ test }) => test !== undefined);
  return [
    { files: [...new Set(whole)], patienceSeconds },
    ...single.map(({ file, test }) => ({ files: [file], test, patienceSeconds })),
  ];
}

/** Where a function is refused something, it is so within seconds, and nobody waits for what doesn't come then. */
const shortPatienceSeconds = 45;

/** What becomes of a round's file without the grant. MiniStack asks the policy at each call. */
async function runWithout(
  emulator: Emulator,
  run: Run,
  { policy, rights }: Holding,
  { file, test }: Round,
): Promise<SuiteEnd> {
  const isTaken = (right: Right) =>
    rights.some(({ action, resource }) => action === right.action && resource === right.resource);
  await emulator.putPolicy(without(policy, isTaken));
  try {
    return await run({ files: [file], test, patienceSeconds: shortPatienceSeconds });
  } finally {
    await emulator.putPolicy(policy);
    // What was hidden for want of the grant would come back into a later round.
    await emulator.purge();
    await emulator.endOutages();
  }
}
