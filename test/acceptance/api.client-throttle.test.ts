import { setTimeout as pause } from "node:timers/promises";
import { afterAll, expect } from "@jest/globals";
import { openSession } from "./session.ts";
import { testShowing } from "./target.ts";

const session = openSession();
afterAll(() => session.end());

/** It starts nothing, for want of a body, and counts as what does. */
const knock = () => session.call("/sign-ups", { method: "POST" });

testShowing(
  "client-throttle",
  "a client that sends too much is refused and told when to come again, and is let in then",
  async () => {
    expect((await knock()).status).toBe(415);
    const refused = await session.eventually(async () => {
      const answers = await Promise.all(Array.from({ length: 100 }, knock));
      return answers.find(({ status }) => status !== 415);
    });
    expect([refused.status, refused.headers["content-type"]]).toEqual([429, "application/problem+json"]);
    expect(JSON.parse(refused.body.toString())).toMatchObject({ type: "/problems/too-many-requests" });
    const seconds = Number(refused.headers["retry-after"]);
    expect(seconds).toBeGreaterThanOrEqual(1);
    // No state tells that this time is over: it is what was promised.
    await pause(seconds * 1000);
    expect((await knock()).status).toBe(415);
  },
);
