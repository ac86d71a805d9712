import { randomUUID } from "node:crypto";
import { afterAll, expect, test } from "@jest/globals";
import { failFlow, failingJob, reopen, sendJob } from "./by-hand.ts";
import { openSession } from "./session.ts";

const session = openSession();
afterAll(() => session.end());

test.each(["dispatch", "notify", "webhook", failingJob])(
  "what is no message of the service is set aside from the queue %s, with the reason",
  async (queue) => {
    const body = `nobody's ${randomUUID()}`;
    await session.send(queue, { body, attributes: {} });
    const letters = await session.eventually(async () => {
      const found = await session.takeDeadLetters(queue, (letter) => letter.body === body);
      return found.length > 0 ? found : undefined;
    });
    expect(letters).toEqual([{ body, attributes: { error: "errand: <kind>/<version>, got nothing" } }]);
  },
);

test("a job whose payload is gone fails at once, and its dead letter has the reason", async () => {
  const flow = await failFlow(session, { ballast: "x".repeat(250_000) });
  for (const key of await session.payloads.list(`flows/${flow.accepted.flow.id}/`)) {
    await session.payloads.remove(key);
  }
  await reopen(session, flow);
  await sendJob(session, flow);
  const error = "payload: an object in the bucket, got nothing (was it deleted?)";
  expect((await session.finished(flow.accepted)).jobs).toMatchObject([{ status: "failed", error }]);
  expect((await session.deadLetter(flow.accepted, failingJob)).attributes).toMatchObject({ error });
});
