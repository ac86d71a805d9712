import { expect, test } from "@jest/globals";
import { sqsWorker } from "../../shared/aws/index.ts";
import { envelopeWith, flowRecord, received, runAddress } from "../support/builders.ts";
import { createEngine, mail, zoe } from "../support/engine.ts";
import { eventOf } from "../support/lambda-event.ts";

const context = { getRemainingTimeInMillis: () => 900_000 };

test("a deploy whose handler doesn't load fails its batches whole, spends no attempt, and is tried again with each", async () => {
  const engine = createEngine();
  await engine.given(flowRecord({ mail: {} }));
  let setups = 0;
  const worker = sqsWorker(mail, () => {
    setups++;
    if (setups <= 10) throw new Error("MAIL_FROM: an address, got nothing");
    return { ...engine.ports, handler: async () => undefined };
  });
  for (let receiveCount = 1; receiveCount <= 10; receiveCount++) {
    const message = received(runAddress, envelopeWith({ mail: zoe }), { receiveCount });
    await expect(worker(eventOf([message]), context)).rejects.toThrow("MAIL_FROM");
  }
  expect(setups).toBe(10);
  expect(await engine.recorded()).toEqual(flowRecord({ mail: {} }));
  expect(engine.queue.calls).toEqual([]);

  const message = received(runAddress, envelopeWith({ mail: zoe }), { receiveCount: 11 });
  expect(await worker(eventOf([message]), context)).toEqual({ batchItemFailures: [] });
  expect(await engine.job("mail")).toMatchObject({ status: "succeeded", attempts: 1 });
});
