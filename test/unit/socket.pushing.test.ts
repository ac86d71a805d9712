import { expect, test } from "@jest/globals";
import { flowId } from "../support/builders.ts";
import { createSocketFixture, token } from "../support/socket-fixture.ts";

const subscribe = { action: "subscribe", flow: flowId, token };

test("everybody who follows a flow is told how it stands when it is pushed, whatever was the reason", async () => {
  const { send, push, change, sent } = await createSocketFixture();
  for (const id of ["a", "b"]) await send(subscribe, id);
  await change({});
  await change({});
  sent.length = 0;
  await Promise.all([push(flowId), push(flowId)]);
  expect(sent.map(({ connection }) => connection).sort()).toEqual(["a", "a", "b", "b"]);
  for (const { message } of sent) expect(message).toMatchObject({ flow: { version: 2 } });
});

test("where nobody follows it, or it is gone, nothing is sent", async () => {
  const { push, send, change, sent } = await createSocketFixture();
  await push(flowId);
  await send(subscribe);
  await change({ expires: 1 });
  sent.length = 0;
  await push(flowId);
  expect(sent).toEqual([]);
});

test("a connection that can't be reached keeps nobody else from being told, and the push comes again", async () => {
  const { subscriptions, ...fixture } = await createSocketFixture();
  const told: string[] = [];
  const { push } = await createSocketFixture({
    subscriptions,
    connections: {
      async post(connection) {
        if (connection === "a") throw new Error("throttled");
        told.push(connection);
        return true;
      },
      close: async () => {},
    },
  });
  for (const id of ["a", "b", "c"]) await fixture.send(subscribe, id);
  await expect(push(flowId)).rejects.toThrow("throttled");
  expect(told.sort()).toEqual(["b", "c"]);
  expect(await subscriptions.subscribers(flowId)).toEqual(["a", "b", "c"]);
});

test("after two hours a subscription is over, and nothing is sent to it", async () => {
  const { send, push, clock, sent } = await createSocketFixture();
  await send(subscribe);
  await clock.pass(7_200_000);
  await push(flowId);
  expect(sent).toHaveLength(1);
});
