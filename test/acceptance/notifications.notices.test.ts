import { afterAll, expect, test } from "@jest/globals";
import { failFlow, failingJob, reopen, sendCheck, sendOldNotice } from "./by-hand.ts";
import { type Accepted, openSession } from "./session.ts";

const session = openSession();
afterAll(() => session.end());

/** Nobody answers there. */
const notify = { webhook: `${session.deadOrigin()}/` };
const isQuiet = async (queue: string) => ((await session.waiting(queue)) === 0 ? true : undefined);

/** The first delivery of a flow that has ended, once it was tried: then its message is hidden until the next time. */
const tried = (accepted: Accepted) =>
  session.eventually(async () => {
    const [delivery] = (await session.finished(accepted)).deliveries ?? [];
    return delivery?.attempts ? delivery : undefined;
  });

test("a flow whose webhook nobody answers ends all the same, and leaves nothing on its job's queue", async () => {
  const accepted = await session.startTestFlow("fails-once", { notify });
  expect((await session.finished(accepted)).status).toBe("succeeded");
  expect(await tried(accepted)).toMatchObject({ state: "waiting" });
  expect(await session.eventually(() => isQuiet("fail-once"))).toBe(true);
});

test("what an older deploy has sent for webhooks and pushes alike finds the webhook", async () => {
  const accepted = await session.startTestFlow("fails-once");
  await session.finished(accepted);
  const other = session.deadOrigin();
  await sendOldNotice(session, accepted, `${other}/`);
  expect(await tried(accepted)).toMatchObject({ origin: other });
});

test("a flow that asked to be told is ended by its check past the deadline, like any other", async () => {
  const flow = await failFlow(session, { notify });
  await reopen(session, flow, { deadline: Date.now() - 3_600_000 });
  await sendCheck(session, flow);
  const end = { status: "failed", error: "deadline" };
  expect((await session.finished(flow.accepted)).jobs).toMatchObject([end]);
  await session.deadLetter(flow.accepted, failingJob);
});
