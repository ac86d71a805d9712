import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { breakerId } from "../../shared/breaker/breaker.ts";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import { errand } from "../support/operator.ts";
import { withoutIdentities } from "./access/mail-outage.ts";
import { type FailedFlow, failFlow, failingJob, reopen, startWaiting } from "./by-hand.ts";
import { operatorArguments } from "./place.ts";
import { copyCheckout, redeploy } from "./redeploy.ts";
import { type Accepted, openSession, type Person } from "./session.ts";
import { target, testShowing } from "./target.ts";

const session = openSession();
afterAll(() => session.end());

/** All tests wait for messages to come back, which takes minutes where it is deployed: they wait together. */
let killed: Promise<Accepted>;
let unsent: Promise<FailedFlow>;
let outage: Promise<Outage>;
let mailOutage: Promise<MailOutage> | undefined;
let paused: Promise<Accepted> | undefined;
beforeAll(() => {
  if (!target.cannotShow["mail-outage"]) mailOutage = signUpInMailOutage();
  if (!target.cannotShow["event-sources"]) paused = startPausedAndSwitchedOn();
  outage = startInOutage();
  killed = session.startTestFlow("kills-worker");
  unsent = startWithoutQueue();
});

/** So many callers start flows, each its next one when the one before has ended: some are always queued or running. */
const callers = 8;

testShowing("redeploy", "a worker that is changed while its jobs run loses none of them", async () => {
  const changed = copyCheckout();
  try {
    changed.write("test/acceptance/service/tell-release/release.ts", "export const release = 2;\n");
    const before = await startDuring(redeploy(changed.directory));
    // And back, so that the next run finds what it would.
    const after = await startDuring(redeploy("."));
    const flows: FlowView[] = [];
    for (const accepted of [...before, ...after]) flows.push(await session.finished(accepted));
    expect(flows.filter(({ status }) => status !== "succeeded")).toEqual([]);
    expect(flows.length).toBeGreaterThan(50);
    const releases = flows.map(({ jobs }) => jobs[0]?.result?.["release"]);
    expect(new Set(releases)).toEqual(new Set([1, 2]));
  } finally {
    changed.remove();
  }
});

test("a job that kills its worker's process on its first attempt succeeds with its second", async () => {
  const { status, jobs } = await session.finished(await killed);
  expect(status).toBe("succeeded");
  expect(jobs).toMatchObject([{ status: "succeeded", attempts: 2, result: { attempt: 2 } }]);
});

test("a service that is down holds the jobs that need it, without an attempt, until it is back", async () => {
  const { upAt, started, held } = await outage;
  for (const { jobs } of held) {
    expect(jobs).toMatchObject([{ error: `${needed}: the service is down` }]);
    expect(Date.parse(jobs[0]?.heldSince ?? "")).toBeLessThan(upAt);
    expect(jobs[0]).not.toHaveProperty("attempts");
  }
  for (const accepted of started) {
    const { status, jobs } = await session.finished(accepted);
    expect(status).toBe("succeeded");
    expect(jobs).toMatchObject([{ status: "succeeded", attempts: 1 }]);
    expect(Date.parse(jobs[0]?.finishedAt ?? "")).toBeGreaterThanOrEqual(upAt);
  }
  await session.ledger.remove(breakerId(needed));
});

testShowing(
  "mail-outage",
  "while mail is down a welcome email is held and the rest of its sign-up succeeds; when it is up again the email goes out once",
  async () => {
    const { person, accepted, held } = (await mailOutage) as MailOutage;
    expect(held.jobs.find(({ job }) => job === mailJob)).toMatchObject({
      ...{ status: "held", heldSince: expect.any(String) },
      error: expect.stringMatching(/^mail: SES .*verified/),
    });
    const { status, jobs } = await session.finished(accepted);
    expect(status).toBe("succeeded");
    expect(jobs.map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
    expect(await session.mailsTo(person)).toHaveLength(1);
    await session.ledger.remove(breakerId("mail"));
  },
);

test("a start that can't be sent is kept, and comes again to send what the ledger says", async () => {
  const { accepted } = await unsent;
  // The queue that there is: its worker finds that the envelope is for another.
  const error = `envelope: a job ${failingJob}, got ${notHere}`;
  expect((await session.deadLetter(accepted, failingJob)).attributes).toMatchObject({ error });
});

testShowing(
  "event-sources",
  "a paused job whose event source a deploy has switched on again is held, and runs when it is resumed",
  async () => {
    const { status, jobs } = await session.finished(await (paused as Promise<Accepted>));
    expect(status).toBe("succeeded");
    expect(jobs).toMatchObject([{ status: "succeeded", attempts: 2 }]);
  },
);

const needed = "need-service";

interface Outage {
  readonly upAt: number;
  readonly started: readonly Accepted[];
  /** Each of them, as it was while it was held. */
  readonly held: readonly FlowView[];
}

/** More flows than workers, each with a job for a service that is down for a while. */
async function startInOutage(): Promise<Outage> {
  const upAt = Date.now() + target.outageMs;
  const start = async () => {
    const accepted = await session.startTestFlow("needs-service", { upAt });
    const held = await session.eventually(async () => {
      const view = await session.view(accepted);
      // On a machine that is too busy it was over before anybody needed the service.
      if (view.status !== "running")
        throw new Error(`a job that is held in an outage, got a flow that has ${view.status}`);
      return view.jobs[0]?.status === "held" ? view : undefined;
    });
    return { accepted, held };
  };
  const flows = await Promise.all(Array.from({ length: 5 }, start));
  return { upAt, started: flows.map(({ accepted }) => accepted), held: flows.map(({ held }) => held) };
}

const mailJob = "send-welcome-email";

interface MailOutage {
  readonly person: Person;
  readonly accepted: Accepted;
  /** As it was when only its mail was left. */
  readonly held: FlowView;
}

function signUpInMailOutage(): Promise<MailOutage> {
  return withoutIdentities(async () => {
    const person = session.person();
    const accepted = await session.signUp(person);
    const held = await session.eventually(async () => {
      const view = await session.view(accepted);
      if (view.status !== "running")
        throw new Error(`a mail that is held, got a flow that has ${view.status}`);
      const states = view.jobs.map(({ status }) => status).sort();
      return states.join() === "held,succeeded,succeeded" ? view : undefined;
    });
    return { person, accepted, held };
  });
}

const pausedJob = "fail-once";

/** A flow that was held by the pause alone, which is over: its event source was on. */
async function startPausedAndSwitchedOn(): Promise<Accepted> {
  // Again where the target, which deploys beside it, was too busy to answer in time.
  const operate = (command: string) =>
    session.eventually(async () =>
      (await errand(command, pausedJob, ...operatorArguments())).code === 0 ? true : undefined,
    );
  try {
    await operate("pause");
    await session.switchOn(pausedJob);
    return await startWaiting(session, "fails-once", async (status) => status === "held");
  } finally {
    await operate("resume");
  }
}

const notHere = "not-deployed-here";

/** The start of a flow whose job has no queue here, as where only some of the stacks are deployed; the ledger's has one. */
async function startWithoutQueue(): Promise<FailedFlow> {
  const flow = await failFlow(session);
  await reopen(session, flow);
  const { id } = flow.accepted.flow;
  const envelope = JSON.parse(flow.letter.body) as object;
  const body = JSON.stringify({ ...envelope, jobs: { [failingJob]: { job: notHere, input: {} } } });
  const deadline = Date.now() + 3_600_000;
  await session.send("dispatch", {
    body,
    attributes: { errand: "start/1", flow: id, id: randomUUID(), deadline },
  });
  return flow;
}

/** Starts flows until the deploy has ended; answers them. */
async function startDuring(deploy: Promise<void>): Promise<readonly Accepted[]> {
  const started: Accepted[] = [];
  let ended = false;
  const end = deploy.finally(() => {
    ended = true;
  });
  const call = async () => {
    while (!ended) {
      const accepted = await session.startTestFlow("tells-release");
      started.push(accepted);
      // One whose worker was lost takes as long as its message is hidden.
      await Promise.race([session.finished(accepted), end]);
    }
  };
  await Promise.all([end, ...Array.from({ length: callers }, call)]);
  return started;
}
