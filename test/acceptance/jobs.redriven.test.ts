import { afterAll, afterEach, describe, expect, test } from "@jest/globals";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import { errand } from "../support/operator.ts";
import { failingJob, moveBack, startWaiting } from "./by-hand.ts";
import { operatorArguments } from "./place.ts";
import { type Accepted, openSession } from "./session.ts";

const session = openSession();
afterAll(() => session.end());

/** Its first run fails for good, its next one succeeds. */
const job = failingJob;

async function failFlow() {
  const accepted = await session.startTestFlow("fails-beside-another");
  const flow = await session.finished(accepted);
  expect(flow.status).toBe("failed");
  return { accepted, flow };
}

/** The flow is open again, and ends with what failed before; of what had succeeded there is nothing new. */
async function expectRedriven(accepted: Accepted, before: FlowView): Promise<void> {
  const after = await session.eventually(async () => {
    const flow = await session.finished(accepted);
    return flow.status === "succeeded" ? flow : undefined;
  });
  const [redriven, other] = after.jobs;
  expect(redriven).toMatchObject({ job, status: "succeeded", attempts: 1 });
  expect(other).toEqual(before.jobs[1]);
}

test("a failed job is redriven by the command line, and its flow succeeds", async () => {
  const { accepted, flow } = await failFlow();
  const id = `${flow.id}.${job}`;
  const redriven = await session.eventually(async () => {
    // A flow is told to have ended a moment before its letter is written.
    const run = await errand("redrive", id, ...operatorArguments());
    return run.code === 0 ? run : undefined;
  });
  expect(redriven).toMatchObject({ stderr: "", stdout: expect.stringContaining("1 redriven") });
  await expectRedriven(accepted, flow);
});

test("a letter that is moved back to its queue by hand runs its job again, and its flow succeeds", async () => {
  const { accepted, flow } = await failFlow();
  await moveBack(session, job, await session.deadLetter(accepted, job));
  await expectRedriven(accepted, flow);
});

describe("a paused job", () => {
  // Whatever became of the test: other files run this job as well.
  afterEach(async () => {
    await errand("resume", job, ...operatorArguments());
  });

  test("is told as paused, starts nothing, and runs when it is resumed", async () => {
    expect(await errand("pause", job, ...operatorArguments())).toMatchObject({ code: 0 });
    const holds = await errand("holds", "--json", ...operatorArguments());
    const { breakers } = JSON.parse(holds.stdout) as { readonly breakers: readonly { name: string }[] };
    expect(breakers.find(({ name }) => name === job)).toMatchObject({ pausedAt: expect.any(String) });
    const accepted = await startWaiting(
      session,
      "fails-for-good",
      async (status) => status === "held" || (status === "queued" && (await session.waiting(job)) > 0),
    );
    expect(await errand("resume", job, ...operatorArguments())).toMatchObject({ code: 0 });
    await session.finished(accepted);
    await session.deadLetter(accepted, job);
  });
});
