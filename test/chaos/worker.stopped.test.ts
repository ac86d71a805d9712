import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "@jest/globals";
import { sendWelcomeEmail } from "../../functions/send-welcome-email/job.ts";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import { durationProfiles, queueSettings } from "../../shared/index.ts";
import {
  type Embedded,
  signUp,
  startEmbedded,
  stateDirectory,
  workerProcesses,
} from "../support/embedded.ts";
import { eventually } from "../support/eventually.ts";
import { LOOPBACK } from "../support/loopback.ts";
import { startServers } from "../support/servers.ts";
import { brokenPromises, endedFlows, readEffects } from "./effects.ts";
import { type PostOffice, startPostOffice } from "./post-office.ts";
import { jobsUnderWay } from "./restarts.ts";

const { leaseSeconds } = queueSettings(sendWelcomeEmail, durationProfiles.short);
const emails = Array.from({ length: 20 }, (_, index) => `person-${index}@example.com`);

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

test("a worker that is stopped in its mails for longer than their leases sends none of them a third time, and other mails once", async () => {
  const { service, office } = await start("--isolate");
  const worker = workerProcesses(service)["send-welcome-email"];
  const { people, goOn } = await stopInTheirMails(service, office, worker);
  // A lease ends by the clock and by nothing else.
  await pause((leaseSeconds + 1) * 1000);
  const cutOff = jobsUnderWay(service.output());
  goOn();
  const flows = await endedFlows(service, people);
  const effects = await readEffects(service, office.delivered());
  expect(
    brokenPromises(flows, effects, { doubled: (_first, _second, flow) => cutOff.includes(mailOf(flow)) }),
  ).toEqual([]);
}, 90_000);

test("a worker that wakes up when another has done its mails adds nothing to them", async () => {
  const servers = await startServers();
  cleanUps.push(servers.stop);
  const { awsEndpoint, dynamodbEndpoint } = servers;
  const shared = ["--sqs", awsEndpoint, "--s3", awsEndpoint, "--dynamodb", dynamodbEndpoint];
  const sleeper = await start(...shared);
  const { people, goOn } = await stopInTheirMails(
    sleeper.service,
    sleeper.office,
    sleeper.service.process.pid,
  );
  const other = await start(...shared);
  const flows = await endedFlows(other.service, people);
  const before = sleeper.service.output();
  const cutOff = jobsUnderWay(before);
  goOn();
  await eventually(async () => {
    const late = sleeper.service.output().slice(before.length);
    return cutOff.every((job) => late.includes(job)) || undefined;
  });
  const mails = [...sleeper.office.delivered(), ...other.office.delivered()];
  const effects = await readEffects(other.service, mails, dynamodbEndpoint);
  expect(
    brokenPromises(flows, effects, { doubled: (_first, _second, flow) => cutOff.includes(mailOf(flow)) }),
  ).toEqual([]);
  expect(cutOff.length).toBeGreaterThan(0);
}, 120_000);

/** A service with a post office of its own. */
async function start(...args: readonly string[]) {
  const office = await startPostOffice();
  const state = stateDirectory();
  const service = await startEmbedded(state.path, "--smtp", `smtp://${LOOPBACK}:${office.port}`, ...args);
  cleanUps.push(office.stop, state.remove, () => service.end("SIGKILL"));
  return { service, office };
}

/** Signs everybody up, and stops the process once it waits for an answer to a mail; that comes while it can't hear it. */
async function stopInTheirMails(service: Embedded, office: PostOffice, pid = 0) {
  office.answer = () => "swallow";
  const people = await Promise.all(
    emails.map(async (email) => ({ email, ...(await signUp(service, { email, name: "Person" })) })),
  );
  await eventually(async () => office.arrivals.length > 0 || undefined);
  process.kill(pid, "SIGSTOP");
  office.release();
  return { people, goOn: () => process.kill(pid, "SIGCONT") };
}

function mailOf({ id }: FlowView): string {
  return `${id}.send-welcome-email`;
}
