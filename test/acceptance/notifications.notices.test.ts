import { afterAll, expect, test } from "@jest/globals";
import { failFlow, failingJob, reopen, sendCheck } from "./by-hand.ts";
import { openSession } from "./session.ts";

const session = openSession();
afterAll(() => session.end());

/** A name that nobody can have (RFC 6761). */
const notify = { webhook: "https://errand.invalid/" };
const isQuiet = async (queue: string) => ((await session.waiting(queue)) === 0 ? true : undefined);

test("a flow whose webhook nobody answers ends all the same, and leaves nothing on its job's queue", async () => {
  const accepted = await session.startTestFlow("fails-once", { notify });
  expect((await session.finished(accepted)).status).toBe("succeeded");
  expect(await session.eventually(() => isQuiet("fail-once"))).toBe(true);
});

test("a flow that asked to be told is ended by its check past the deadline, like any other", async () => {
  const flow = await failFlow(session, { notify });
  await reopen(session, flow, { deadline: Date.now() - 3_600_000 });
  await sendCheck(session, flow);
  const end = { status: "failed", error: "deadline" };
  expect((await session.finished(flow.accepted)).jobs).toMatchObject([end]);
  await session.deadLetter(flow.accepted, failingJob);
});
