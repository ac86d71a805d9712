import { afterAll, expect, test } from "@jest/globals";
import { failFlow, failingJob, reopen, sendCheck, sendOldNotice } from "./by-hand.ts";
import { openSession } from "./session.ts";

const session = openSession();
afterAll(() => session.end());

/** Nobody answers there. */
const notify = { webhook: `${session.deadOrigin()}/` };
const isQuiet = async (queue: string) => ((await session.waiting(queue)) === 0 ? true : undefined);

test("a flow whose webhook nobody answers ends all the same, and leaves nothing on its job's queue", async () => {
  const accepted = await session.startTestFlow("fails-once", { notify });
  expect((await session.finished(accepted)).status).toBe("succeeded");
  expect(await session.eventually(() => isQuiet("fail-once"))).toBe(true);
});

test("what an older deploy has sent for webhooks and pushes alike finds the webhook", async () => {
  const accepted = await session.startTestFlow("fails-once");
  await session.finished(accepted);
  const other = session.deadOrigin();
  await sendOldNotice(session, accepted, `${other}/`);
  const tried = await session.eventually(async () => {
    const [delivery] = (await session.finished(accepted)).deliveries ?? [];
    return delivery?.attempts ? delivery : undefined;
  });
  expect(tried).toMatchObject({ origin: other });
});

test("a flow that asked to be told is ended by its check past the deadline, like any other", async () => {
  const flow = await failFlow(session, { notify });
  await reopen(session, flow, { deadline: Date.now() - 3_600_000 });
  await sendCheck(session, flow);
  const end = { status: "failed", error: "deadline" };
  expect((await session.finished(flow.accepted)).jobs).toMatchObject([end]);
  await session.deadLetter(flow.accepted, failingJob);
});
