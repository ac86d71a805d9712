import { describe, expect, test } from "@jest/globals";
import { encodeAddress } from "../../shared/envelope/address.ts";
import { jobLetter, setAside, strangerLetter } from "../../shared/envelope/dead-letter.ts";
import { flowId, jobRecord, runAddress, start } from "../support/builders.ts";
import { createRecordingQueue } from "../support/queue-recorder.ts";

const failed = jobRecord({
  status: "failed",
  run: 2,
  attempts: 5,
  startedAt: start,
  finishedAt: start + 9,
  error: "no",
});

describe("a job's letter", () => {
  const both = { ExtendedPayloadSize: 300_000, SQSLargePayloadSize: 300_000 };
  const message = {
    body: "body",
    attributes: { ...encodeAddress({ ...runAddress, again: true }), ...both, theirs: "x" },
  };

  test("is the message as it was, with the reason and what a redrive needs", () => {
    expect(jobLetter(message, runAddress, failed)).toEqual({
      body: "body",
      attributes: {
        ...{ errand: "run/1", job: `${flowId}.mail`, run: 2, deadline: runAddress.deadline },
        ...both,
        ...{ error: "no", attempts: 5, firstAt: start, lastAt: start + 9 },
      },
    });
  });

  test("has ten attributes at most, as SQS allows", () => {
    expect(Object.keys(jobLetter(message, runAddress, failed).attributes).length).toBeLessThanOrEqual(10);
  });

  test("has no time that isn't known, and a reason all the same", () => {
    const { attributes } = jobLetter(message, runAddress, jobRecord({ status: "failed" }));
    expect(attributes).not.toHaveProperty("firstAt");
    expect(attributes).not.toHaveProperty("lastAt");
    expect(attributes["error"]).toBe("no reason was recorded");
  });

  test.each([
    ["control characters", "a\u0000b\nc\u007fd\u0085e", "a?b?c?d?e"],
    ["characters that SQS refuses", "a\uffffb\ufffec\ud800d", "a?b?c?d"],
    ["letters of any script", "Đỗ Zoë Νίκος 北京", "Đỗ Zoë Νίκος 北京"],
    ["nothing", "", "?"],
    ["more than 256 characters", "x".repeat(300), "x".repeat(256)],
  ])("has a reason that SQS takes: %s", (_, error, written) => {
    const { attributes } = jobLetter(message, runAddress, { ...failed, error });
    expect(attributes["error"]).toBe(written);
  });
});

test("a stranger's letter is its bytes and the reason", () => {
  const message = { body: "hello", attributes: { theirs: "x" } };
  expect(strangerLetter(message, "no envelope\n")).toEqual({
    body: "hello",
    attributes: { error: "no envelope?" },
  });
});

test("a letter goes to the queue's dead letters", async () => {
  const queue = createRecordingQueue();
  await setAside(queue, "mail", strangerLetter({ body: "hello" }, "no"));
  expect(queue.sentTo("mail-dead-letters")).toEqual([{ body: "hello", attributes: { error: "no" } }]);
});

test("a letter that isn't taken throws, so that the message is kept", async () => {
  const queue = createRecordingQueue({ refuse: () => "full" });
  const refusal = setAside(queue, "mail", strangerLetter({ body: "hello" }, "no"));
  await expect(refusal).rejects.toThrow("the dead-letter queue of mail refused a letter: full");
});
