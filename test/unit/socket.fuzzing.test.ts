import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createSocketFixture, token } from "../support/socket-fixture.ts";

const wrong = fc.oneof(
  fc.string(),
  fc.constantFrom("x".repeat(43), token.slice(1), `${token}=`, ""),
  fc.jsonValue(),
);
const texts = (flow: string) =>
  fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.json({ maxDepth: 4 }),
    fc.constantFrom(
      '{"action":"ping"}',
      "[".repeat(900),
      "x".repeat(1025),
      '{"__proto__":{"action":"ping"}}',
      "",
    ),
    fc
      .record({
        action: fc.oneof(fc.constantFrom("subscribe", "ping", "unsubscribe"), fc.jsonValue()),
        flow: fc.oneof(
          fc.constantFrom(flow, flow.toUpperCase(), "0".repeat(26)),
          fc.string(),
          fc.jsonValue(),
        ),
        token: wrong,
      })
      .map((message) => JSON.stringify(message)),
  );

test("whatever is said to the WebSocket has one answer, which repeats no token, and nothing is told without the right one", async () => {
  const { send, flow, subscriptions, gone, failures, push } = await createSocketFixture();
  await fc.assert(
    fc.asyncProperty(texts(flow.id), async (text) => {
      const answers = await send(text);
      expect(answers.map(({ type }) => type)).toEqual([expect.stringMatching(/^(pong|problem)$/)]);
      expect(JSON.stringify(answers)).not.toContain(token.slice(1, 20));
    }),
    { seed: 20261129, numRuns: 2_000 },
  );
  await push(flow.id);
  expect({ subscribers: await subscriptions.subscribers(flow.id), gone: [...gone], failures }).toEqual({
    ...{ subscribers: [], gone: [], failures: [] },
  });
  expect(await send({ action: "subscribe", flow: flow.id, token })).toMatchObject([{ type: "flow" }]);
});
