import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Webhook } from "standardwebhooks";
import { startReceiver } from "../support/https-receiver.ts";
import { errand } from "../support/operator.ts";
import { operatorArguments } from "./place.ts";
import { type Accepted, openSession } from "./session.ts";
import { testShowing } from "./target.ts";

const session = openSession();
afterAll(() => session.end());

/** It waits for seconds, while others go on. */
const origin = session.deadOrigin();
let unheard: Promise<Accepted>;
beforeAll(() => {
  unheard = session.startTestFlow("fails-once", { notify: { webhook: `${origin}/s3cr3t` } });
});

testShowing(
  "local-webhooks",
  "a flow's end is told to its webhook, signed with the secret that the operator is shown, and its status says so",
  async () => {
    const receiver = await startReceiver(undefined, { secure: false });
    try {
      const webhook = `http://localhost:${receiver.port}/s3cr3t`;
      const accepted = await session.startTestFlow("tells-release", { notify: { webhook } });
      const { deliveries, ...view } = await session.eventually(async () => {
        const flow = await session.finished(accepted);
        return flow.deliveries?.[0]?.state === "waiting" ? undefined : flow;
      });
      expect(deliveries).toMatchObject([
        { origin: `http://localhost:${receiver.port}`, state: "delivered", attempts: 1, lastStatus: 204 },
      ]);
      const [post, ...others] = receiver.received;
      expect([post?.method, post?.path, others]).toEqual(["POST", "/s3cr3t", []]);
      const { stdout } = await errand("webhook-secret", webhook, ...operatorArguments());
      const verifier = new Webhook(/whsec_\S+/.exec(stdout)?.[0] ?? "");
      const headers = post?.headers as Record<string, string>;
      const told = { type: "flow.succeeded", timestamp: expect.any(String), data: view };
      expect(verifier.verify(post?.body ?? "", headers)).toEqual(told);
      expect(() => verifier.verify(`${post?.body} `, headers)).toThrow();
    } finally {
      await receiver.stop();
    }
  },
);

test("a webhook that nobody answers is tried again, parked behind its origin, and the flow's status says how far it is", async () => {
  const accepted = await unheard;
  expect((await session.finished(accepted)).status).toBe("succeeded");
  const delivery = await session.eventually(async () => {
    const [first] = (await session.finished(accepted)).deliveries ?? [];
    // Its second failure was one too many: from then on it waits for its origin, and has no time of its own.
    return first && first.attempts >= 2 && first.nextAttemptAt === undefined ? first : undefined;
  });
  expect(delivery).toMatchObject({
    origin,
    state: "waiting",
    reason: expect.stringMatching(/^no answer/),
  });
});
