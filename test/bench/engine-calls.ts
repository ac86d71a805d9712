import { durationProfiles, type NotifyOption } from "../../shared/index.ts";
import { type BilledCall, type Call, countBilledCalls } from "../support/billed-calls.ts";
import type { Servers } from "../support/servers.ts";
import { createBenchEngine, type Engine } from "./engine.ts";
import { deliverInBatches } from "./event-source.ts";
import { person, signUp } from "./sign-up.ts";

type Phase = "accept" | "dispatch" | "run" | "check";

/** A new worker reads its job's breakers, once. */
const freshStep = "new worker: breakers";

/** The protocol's steps, by phase and API. */
const steps: Readonly<Record<string, string>> = {
  "accept PutItem": "put",
  "accept SendMessage": "start: send",
  "dispatch ReceiveMessage": "start: receive and delete",
  "dispatch DeleteMessage": "start: receive and delete",
  "dispatch SendMessage": "fan-out",
  "run ReceiveMessage": "jobs: receive and delete",
  "run DeleteMessage": "jobs: receive and delete",
  "check ReceiveMessage": "check: receive and delete",
  "check DeleteMessage": "check: receive and delete",
  "check GetItem": "check: read",
  "run GetItem": freshStep,
  "run SendMessage": "notice",
};

/** What the sign-ups of one run were billed, and what they left. */
export interface EngineCalls {
  /** For the sign-ups alone. */
  readonly calls: readonly BilledCall[];
  /** For workers that were new: once in the life of each, whatever it runs. */
  readonly newWorkers: readonly BilledCall[];
  readonly engine: Engine;
  readonly flows: readonly string[];
}

/**
 * Takes `signUps` flows of three jobs from the request to the drop of their check, every batch `fill` messages full,
 * and counts. The check is armed without its delay and received when all jobs are done.
 */
export async function countEngineCalls(
  servers: Servers,
  {
    signUps,
    fill,
    notify,
  }: { readonly signUps: number; readonly fill: number; readonly notify?: NotifyOption },
): Promise<EngineCalls> {
  const engine = await createBenchEngine(servers, {
    profile: { ...durationProfiles.standard, checkDelaySeconds: 0 },
  });
  const { dispatch, jobs, producer } = engine;
  let phase: Phase = "accept";
  const calls = countBilledCalls(servers, (call) => stepOf(phase, call, dispatch.url));
  const flows: string[] = [];
  for (let index = 0; index < signUps; index++) {
    const { flow } = await producer.start(signUp, person, { notify });
    flows.push(flow.id);
  }
  phase = "dispatch";
  await deliverInBatches(servers.sqs, dispatch, { count: signUps, fill });
  phase = "run";
  for (const job of jobs) await deliverInBatches(servers.sqs, job, { count: signUps, fill });
  phase = "check";
  await deliverInBatches(servers.sqs, dispatch, { count: signUps, fill });
  const isNew = ({ step }: BilledCall) => step === freshStep;
  return { calls: calls.filter((call) => !isNew(call)), newWorkers: calls.filter(isNew), engine, flows };
}

function stepOf(phase: Phase, { operation, input }: Call, dispatchUrl: string): string {
  const api = operation.replace("Batch", "");
  if (api === "UpdateItem") return phase === "run" ? updateStep(input) : `unexpected: ${phase} ${api}`;
  const step = steps[`${phase} ${api}`] ?? `unexpected: ${phase} ${operation}`;
  const toDispatch = "QueueUrl" in input && input.QueueUrl === dispatchUrl;
  return step === "fan-out" && toDispatch ? "arm" : step;
}

/** A settle writes how the job ended, a lease knows of no end. */
function updateStep(input: object): string {
  return JSON.stringify(input).includes(`"succeeded"`) ? "settle" : "lease";
}
