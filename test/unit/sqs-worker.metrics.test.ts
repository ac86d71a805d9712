import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { sqsDispatcher, sqsWebhookWorker, sqsWorker } from "../../shared/aws/index.ts";
import { PermanentError } from "../../shared/catalog/job-errors.ts";
import { done, hideFor } from "../../shared/notification/next.ts";
import { probeMessage } from "../../shared/webhook/probe-message.ts";
import { envelopeWith, flowId, flowRecord, received, runAddress, startAddress } from "../support/builders.ts";
import { metricsOf, parseEmf } from "../support/emf-schema.ts";
import { createEngine, mail, pdf, zoe } from "../support/engine.ts";
import { eventOf } from "../support/lambda-event.ts";

const context = { getRemainingTimeInMillis: () => 900_000 };

/** What a Lambda function's process writes; jest's own lines go elsewhere. */
function captureOutput(): string[] {
  const lines: string[] = [];
  jest.spyOn(process.stdout, "write").mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  return lines;
}

afterEach(() => {
  jest.restoreAllMocks();
});

const runs = (key: string, sentAt?: number) =>
  received({ ...runAddress, key }, envelopeWith({ [key]: zoe }), sentAt === undefined ? {} : { sentAt });

async function engineWith(...jobs: readonly string[]) {
  const engine = createEngine();
  await engine.given(flowRecord(Object.fromEntries(jobs.map((key) => [key, {}]))));
  return engine;
}

describe("a worker with a service's name", () => {
  test("writes one line a batch, with neither ids nor personal data in it", async () => {
    const engine = await engineWith("mail", "pdf");
    const handler = async () => {
      throw new PermanentError(`no such mailbox: ${zoe.email}`);
    };
    const lines = captureOutput();
    const worker = sqsWorker(mail, () => ({ ...engine.ports, service: "errand", handler }));
    const broken = { ...runs("mail"), attributes: {} };
    await worker(eventOf([runs("mail"), broken]), context);
    expect(lines).toHaveLength(1);
    expect(metricsOf(parseEmf(lines[0] ?? ""))).toEqual({ "Service=errand Job=mail": { Failed: 1 } });
    for (const secret of [flowId, zoe.email, zoe.name]) expect(lines[0]).not.toContain(secret);
    expect(engine.names()).toContain("job.failed");
  });

  test("counts a flow as failed or succeeded by how all of its jobs ended", async () => {
    const engine = await engineWith("pdf");
    const lines = captureOutput();
    const worker = sqsWorker(pdf, () => ({ ...engine.ports, service: "errand", handler: async () => {} }));
    await worker(eventOf([runs("pdf")]), context);
    await engine.given(flowRecord({ mail: { status: "failed" }, pdf: {} }));
    await worker(eventOf([runs("pdf")]), context);
    const flows = lines.map((line) => metricsOf(parseEmf(line))["Service=errand"]);
    expect(flows).toEqual([{ FlowsSucceeded: 1 }, { FlowsFailed: 1 }]);
  });

  test("tells how old the oldest message is that it gives back", async () => {
    const engine = await engineWith("pdf");
    const lines = captureOutput();
    const handler = async () => {
      throw new Error("busy");
    };
    const worker = sqsWorker(pdf, () => ({ ...engine.ports, service: "errand", handler }));
    await worker(eventOf([runs("pdf", engine.clock.now() - 45_000)]), context);
    expect(metricsOf(parseEmf(lines[0] ?? ""))).toEqual({
      "Service=errand Job=pdf": { Retrying: 1, OldestSeconds: 45 },
    });
  });

  test("has written before a stuck handler ends its process", async () => {
    const engine = await engineWith("pdf");
    const lines = captureOutput();
    let writtenBefore = -1;
    const onStuck = () => {
      writtenBefore = lines.length;
    };
    const worker = sqsWorker(pdf, () => ({
      ...engine.ports,
      service: "errand",
      handler: () => new Promise(() => {}),
      onStuck,
    }));
    const working = worker(eventOf([runs("pdf")]), context);
    await engine.clock.pass(60_000);
    await working;
    expect(writtenBefore).toBe(1);
    expect(metricsOf(parseEmf(lines[0] ?? ""))["Service=errand Job=pdf"]).toEqual({ Retrying: 1 });
  });
});

test("the dispatcher's metrics are those of the job `dispatch`", async () => {
  const engine = createEngine({ refuse: () => "full" });
  const lines = captureOutput();
  const dispatcher = sqsDispatcher(() => ({ ...engine.ports, service: "errand" }));
  await dispatcher(eventOf([received(startAddress)]), context);
  expect(metricsOf(parseEmf(lines[0] ?? ""))).toEqual({
    "Service=errand Job=dispatch": { OldestSeconds: 0 },
    "Service=errand": { MessagesFailed: 1 },
  });
});

test("without a service's name there is no line: a terminal has no use for it", async () => {
  const engine = await engineWith("pdf");
  const lines = captureOutput();
  await sqsWorker(pdf, () => ({ ...engine.ports, handler: async () => {} }))(eventOf([runs("pdf")]), context);
  expect(engine.names()).toContain("job.succeeded");
  expect(lines).toEqual([]);
});

test("the oldest message of webhooks is never a probe, which may wait for days for somebody's endpoint", async () => {
  const engine = createEngine();
  const lines = captureOutput();
  const channel = { deliver: async () => done, probe: async () => hideFor(3600) };
  const worker = sqsWebhookWorker(() => ({ ...engine.ports, channel, defaults: [], service: "errand" }));
  const old = { id: "p", receipt: "p", receiveCount: 9, sentAt: engine.clock.now() - 90_000_000 };
  const probe = { ...old, ...probeMessage({ id: "probe-1", line: "https://hooks.example.com" }, 0) };
  // Of a newer deploy, and so given back.
  const newer = {
    ...old,
    id: "n",
    sentAt: engine.clock.now() - 45_000,
    body: "{}",
    attributes: { errand: "notify/9" },
  };
  const answer = await worker(eventOf([probe, newer]), context);
  expect(answer.batchItemFailures).toHaveLength(2);
  expect(metricsOf(parseEmf(lines.at(-1) ?? ""))).toMatchObject({
    "Service=errand Job=webhook": { OldestSeconds: 45 },
  });
});
