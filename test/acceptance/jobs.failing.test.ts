import { afterAll, expect, test } from "@jest/globals";
import { openSession } from "./session.ts";

const session = openSession();
afterAll(() => session.end());

test("a job that fails once succeeds with its second attempt", async () => {
  const { status, jobs } = await session.finished(await session.startTestFlow("fails-once"));
  expect(status).toBe("succeeded");
  expect(jobs).toMatchObject([{ status: "succeeded", attempts: 2, result: { attempt: 2 } }]);
});

test("a job that fails for good fails at once, and its dead letter has the reason", async () => {
  const accepted = await session.startTestFlow("fails-for-good");
  const { id, status, jobs } = await session.finished(accepted);
  expect(status).toBe("failed");
  expect(jobs).toMatchObject([{ status: "failed", attempts: 1, error: "nothing can mend this" }]);
  const { body, attributes } = await session.deadLetter(accepted, "fail-for-good");
  expect(attributes).toMatchObject({
    ...{ job: `${id}.fail-for-good`, error: "nothing can mend this", attempts: "1", run: "0" },
  });
  expect(JSON.parse(body)).toMatchObject({ flow: { id }, jobs: { "fail-for-good": { input: {} } } });
});

test("a job that fails on each attempt fails when they are spent, and its dead letter has the last reason", async () => {
  const accepted = await session.startTestFlow("exhausts-attempts");
  const { jobs } = await session.finished(accepted);
  expect(jobs).toMatchObject([{ status: "failed", attempts: 2, error: "attempt 2 fails" }]);
  const { attributes } = await session.deadLetter(accepted, "exhaust-attempts");
  expect(attributes).toMatchObject({ error: "attempt 2 fails", attempts: "2" });
});
