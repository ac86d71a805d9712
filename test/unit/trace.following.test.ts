import { describe, expect, test } from "@jest/globals";
import type { SQSEvent } from "aws-lambda";
import { sqsEvent } from "../../infra/local/sqs-event.ts";
import { sqsFunction } from "../../shared/aws/lambda-sqs.ts";
import { parseAddress } from "../../shared/envelope/address.ts";
import { deadLetterQueue, dispatchQueue, type ReceivedMessage } from "../../shared/queue/queue.ts";
import { asRequest, signUpCall, zoe } from "../support/api-fixture.ts";
import { createServiceFixture, type ServiceFixture } from "../support/service-fixture.ts";

const traceOf = (digit: string) => `Root=1-5759e988-${digit.repeat(24)};Parent=53995c3f42cd8ad8;Sampled=1`;
const [ours, another] = [traceOf("a"), traceOf("b")];
const idempotencyKey = "0123456789abcdef";
const quarterHour = 15 * 60_000;

async function signUp({ api }: ServiceFixture, trace: string | undefined, key = idempotencyKey) {
  const headers = { "idempotency-key": key, ...(trace ? { "x-amzn-trace-id": trace } : {}) };
  const { status } = await api(asRequest(signUpCall(zoe, headers)));
  expect(status).toBe(202);
}

/** The traces of what one batch of each job's queue holds, of those that hold any. */
async function tracesOfJobs(service: ServiceFixture) {
  const batches = await Promise.all(service.jobs.map((name) => service.work(name)));
  return batches.filter((batch) => batch.length > 0).map(traces);
}

const traces = (messages: readonly { readonly trace?: string | undefined }[]) =>
  messages.map(({ trace }) => trace);

describe("the trace of a request", () => {
  test("is on the message that starts its flow, on each of its jobs and on its check", async () => {
    const service = createServiceFixture();
    await signUp(service, `${ours};Lineage=2:c3e4b99a:0`);
    expect(traces(await service.work(dispatchQueue))).toEqual([ours]);
    expect(traces(service.queue.messages(dispatchQueue))).toEqual([ours]);
    expect(await tracesOfJobs(service)).toEqual([[ours], [ours], [ours]]);
  });

  test("stays with its own flow in a batch of several", async () => {
    const service = createServiceFixture();
    await signUp(service, ours, "the-first-of-three");
    await signUp(service, another, "the-second-of-three");
    await signUp(service, undefined, "the-third-of-three");
    await service.work(dispatchQueue);
    const all = [ours, another, undefined];
    expect(await tracesOfJobs(service)).toEqual([all, all, all]);
  });

  test("is on a job that a check sends again, and on the next check", async () => {
    const service = createServiceFixture();
    await signUp(service, ours);
    await service.work(dispatchQueue);
    for (const name of service.jobs) {
      const lost = service.queue.receive(name, { max: 10, visibilitySeconds: 1 });
      for (const { receipt } of lost) service.queue.remove(name, receipt);
    }
    await service.clock.pass(quarterHour);
    expect(kinds(await service.work(dispatchQueue))).toEqual(["check"]);
    expect(traces(service.queue.messages(dispatchQueue))).toEqual([ours]);
    expect(await tracesOfJobs(service)).toEqual([[ours], [ours], [ours]]);
  });

  test("gives way to that of a replay, for what the replay sends", async () => {
    const service = createServiceFixture();
    await signUp(service, ours);
    await signUp(service, another);
    expect(traces(service.queue.messages(dispatchQueue))).toEqual([ours, another]);
  });

  test("is on the letter of a job that failed, and on that of one that a check closed", async () => {
    const service = createServiceFixture({
      onEffect: () => {
        throw new Error("no");
      },
    });
    await signUp(service, ours);
    await service.work(dispatchQueue);
    for (let attempt = 0; attempt < 5; attempt++) {
      await service.clock.pass(3_600_000);
      await service.work("create-profile");
    }
    expect(traces(service.queue.messages(deadLetterQueue("create-profile")))).toEqual([ours]);
    await service.clock.pass(12 * 24 * 3_600_000);
    await service.work(dispatchQueue);
    expect(traces(service.queue.messages(deadLetterQueue("render-receipt")))).toEqual([ours]);
  });

  test("stands on the lines that say that the flow was accepted or replayed", async () => {
    const service = createServiceFixture();
    for (const trace of [ours, another, undefined]) await signUp(service, trace);
    const lines = service.lines.map((line) => JSON.parse(line));
    expect(lines.map(({ event, trace }) => [event, trace])).toEqual([
      ["flow.accepted", ours],
      ["flow.replayed", another],
      ["flow.replayed", undefined],
    ]);
  });
});

test.each(["", "Root=1-1-1", "Root=zoe@example.com;Sampled=1", `${ours}, ${another}`])(
  "a header that is no trace costs nobody a sign-up, and goes no further: %j",
  async (header) => {
    const service = createServiceFixture();
    await signUp(service, header);
    await service.work(dispatchQueue);
    expect(await tracesOfJobs(service)).toEqual([[undefined], [undefined], [undefined]]);
    expect(service.lines.some((line) => line.includes("trace"))).toBe(false);
  },
);

test("a function reads each message's trace from the event, whole: Lambda finds loops by what it added", async () => {
  const whole = `${ours};Lineage=2:c3e4b99a:0`;
  const message = { MessageId: "1", ReceiptHandle: "r", Body: "{}" };
  const event: SQSEvent = sqsEvent(
    [{ ...message, Attributes: { AWSTraceHeader: whole } }, message],
    "arn:aws:sqs:us-east-1:000000000000:jobs",
  );
  const seen: ReceivedMessage[] = [];
  const handler = sqsFunction(async (messages) => {
    seen.push(...messages);
    return [];
  });
  await handler(event, { getRemainingTimeInMillis: () => 1000 });
  expect(traces(seen)).toEqual([whole, undefined]);
});

function kinds(messages: readonly ReceivedMessage[]) {
  return messages.map(({ attributes }) => parseAddress(attributes).kind);
}
