import { afterAll, expect, test } from "@jest/globals";
import { failFlow, failingJob, reopen, sendCheck, sendJob } from "./by-hand.ts";
import { openSession } from "./session.ts";

const session = openSession();
afterAll(() => session.end());

test("a job whose message was lost is sent again by a check of its flow", async () => {
  const flow = await failFlow(session);
  await reopen(session, flow);
  await sendCheck(session, flow);
  expect((await session.finished(flow.accepted)).jobs).toMatchObject([{ status: "failed", attempts: 1 }]);
  const { attributes } = await session.deadLetter(flow.accepted, failingJob);
  expect(Number(attributes["lastAt"])).toBeGreaterThan(Number(flow.letter.attributes["lastAt"]));
});

test("a job past its flow's deadline is failed by the check, and its dead letter says so", async () => {
  const flow = await failFlow(session);
  const anHourAgo = Date.now() - 3_600_000;
  await reopen(session, flow, { deadline: anHourAgo });
  await sendCheck(session, flow);
  const end = { status: "failed", error: "deadline" };
  expect((await session.finished(flow.accepted)).jobs).toMatchObject([end]);
  const { body, attributes } = await session.deadLetter(flow.accepted, failingJob);
  expect(attributes).toMatchObject({ error: "deadline", attempts: "0", deadline: String(anHourAgo) });
  expect(body).toBe(flow.letter.body);
});

test("a message that comes after its flow's deadline starts nothing, and repeats the letter that its job's end owed", async () => {
  const flow = await failFlow(session);
  await sendJob(session, flow, { deadline: 1 });
  const { body, attributes } = flow.letter;
  const repeated = { body, attributes: { ...attributes, deadline: "1" } };
  expect(await session.deadLetter(flow.accepted, failingJob)).toEqual(repeated);
});
