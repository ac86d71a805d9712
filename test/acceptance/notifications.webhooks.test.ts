import { afterAll, expect, test } from "@jest/globals";
import { openSession } from "./session.ts";

const session = openSession();
afterAll(() => session.end());

/** A name that nobody can have (RFC 6761). */
const notify = { webhook: "https://errand.invalid/s3cr3t" };

test("a webhook that nobody answers is tried again, parked behind its origin, and the flow's status says how far it is", async () => {
  const accepted = await session.startTestFlow("fails-once", { notify });
  expect((await session.finished(accepted)).status).toBe("succeeded");
  const delivery = await session.eventually(async () => {
    const [first] = (await session.finished(accepted)).deliveries ?? [];
    // Its second failure was one too many: from then on it waits for its origin, and has no time of its own.
    return first && first.attempts >= 2 && first.nextAttemptAt === undefined ? first : undefined;
  });
  expect(delivery).toMatchObject({
    origin: "https://errand.invalid",
    state: "waiting",
    reason: expect.stringMatching(/^no answer/),
  });
});
