import { describe, expect, test } from "@jest/globals";
import {
  catalog,
  fieldAdded,
  fieldRemoved,
  fieldRenamed,
  fieldRetyped,
  givingUp,
  ordering,
  shipOrder,
  shipOrGiveUp,
  weighGrams,
  weighKilograms,
} from "../../examples/changing-a-job.ts";
import { defineCatalog } from "../../shared/catalog/catalog.ts";
import { defineJob, type JobDefinition } from "../../shared/catalog/job.ts";
import { createMemoryService } from "../support/memory-service.ts";

/** docs/changing-a-job.md: each change, deployed while messages of the deploy before are in flight. */
const sent = { order: "7", to: "Zoë, Ghent", pieces: "3" };
const catalogOf = (job: JobDefinition) => defineCatalog({ flows: [], jobs: [job] });

/** A service in which the job was pushed and fanned out by the deploy that has this definition. */
async function inFlight(job: JobDefinition, input: object) {
  const service = createMemoryService([job.name]);
  const { flow } = await service.producer(catalogOf(job)).push(job, input);
  await service.dispatch(catalogOf(job));
  return { ...service, state: () => service.job(flow.id, job.name) };
}

const addressed = { order: "7", address: "Zoë, Ghent", pieces: "3" };
/** What it takes now, an input of its own, and what it makes of the old one. */
const changes: readonly (readonly [string, JobDefinition, object, object])[] = [
  ["with a field more", fieldAdded, { ...sent, express: true }, { ...sent, express: false }],
  ["with a field renamed", fieldRenamed, addressed, addressed],
  ["with a field retyped", fieldRetyped, { ...sent, pieces: 3 }, { ...sent, pieces: 3 }],
  ["with a field removed", fieldRemoved, { order: "7", to: "Zoë, Ghent" }, sent],
];

describe.each(changes)("a job %s", (_, changed, newInput, oldAsRead) => {
  test("runs what is in flight with the input that its handler expects", async () => {
    const service = await inFlight(shipOrder, sent);
    expect(await service.work(changed)).toEqual([oldAsRead]);
    expect(await service.state()).toMatchObject({ status: "succeeded", attempts: 1 });
  });

  test("runs what is sent in its new form", async () => {
    const service = await inFlight(changed, newInput);
    expect(await service.work(changed)).toHaveLength(1);
    expect(await service.state()).toMatchObject({ status: "succeeded" });
  });
});

test.each(changes)(
  "rolled back, a job %s holds what was sent in the new form, and runs it after the next deploy",
  async (_, changed, newInput) => {
    const service = await inFlight(changed, newInput);
    expect(await service.work(shipOrder)).toEqual([]);
    expect(await service.state()).toMatchObject({ status: "held", attempts: 0 });
    await service.pass(75);
    expect(await service.work(changed)).toHaveLength(1);
    expect(await service.state()).toMatchObject({ status: "succeeded", attempts: 1 });
    expect(service.letters(shipOrder.name)).toEqual([]);
  },
);

test("what is given up fails at once, with a letter that has the handler's words, and the rest is run", async () => {
  const service = await inFlight(givingUp, { parcel: 9 });
  await service.work(shipOrder);
  expect(await service.state()).toMatchObject({ status: "held" });
  await service.pass(75);
  await service.work(givingUp, shipOrGiveUp);
  expect(await service.state()).toMatchObject({ status: "failed" });
  expect(service.letters("ship-order")[0]?.attributes["error"]).toBe("sent by the bad deploy of 2026-12-01");
  const good = await inFlight(shipOrder, sent);
  await good.work(givingUp, shipOrGiveUp);
  expect(await good.state()).toMatchObject({ status: "succeeded" });
});

test.each([
  ["lowered to fewer than a job has spent, give it one more", 2, "failed"],
  ["raised, give it more", 9, "retrying"],
])("attempts, %s", async (_, attempts, status) => {
  const fails = async () => Promise.reject(new Error("no"));
  const service = await inFlight(shipOrder, sent);
  for (let spent = 0; spent < 3; spent++) {
    await service.work(shipOrder, fails);
    await service.pass(3600);
  }
  await service.work(defineJob({ name: "ship-order", input: shipOrder.input, attempts }), fails);
  expect(await service.state()).toMatchObject({ status, attempts: 4 });
});

describe("a job that is planned no more and stays in the catalog", () => {
  const before = {
    ...ordering,
    plan: (input: { order: string; weight: number }) => [weighKilograms.with(input)],
  };
  const input = { order: "7", weight: 2 };

  test("runs what is in flight, while new flows have the other", async () => {
    const service = createMemoryService(["weigh-order", "weigh-order-in-grams"]);
    await service.producer(catalog).start(before, input);
    await service.producer(catalog).start(ordering, { ...input, weight: 2000 });
    await service.dispatch(catalog);
    expect(await service.work(weighKilograms)).toEqual([input]);
    expect(await service.work(weighGrams)).toEqual([{ ...input, weight: 2000 }]);
  });

  test("fails with a letter where its flow was recorded and never sent, and the request is repeated", async () => {
    const service = createMemoryService(["weigh-order", "weigh-order-in-grams"]);
    const options = { idempotencyKey: "0123456789abcdef" };
    const { flow } = await service.producer(catalog).start(before, input, options);
    const [lost] = service.queue.receive("dispatch", { max: 10, visibilitySeconds: 60 });
    service.queue.remove("dispatch", lost?.receipt ?? "");
    expect(await service.producer(catalog).start(ordering, input, options)).toMatchObject({ replayed: true });
    await service.dispatch(catalog);
    expect(await service.work(weighKilograms)).toEqual([]);
    expect(await service.job(flow.id, "weigh-order")).toMatchObject({ status: "failed" });
    expect(service.letters("weigh-order")).toHaveLength(1);
  });
});

test("a dispatcher that doesn't know a new job yet sends the others, and the new one after its deploy", async () => {
  const service = createMemoryService(["ship-order", "weigh-order"]);
  const grown = defineCatalog({ flows: [], jobs: [shipOrder, weighKilograms] });
  const both = {
    ...ordering,
    plan: (input: { order: string; weight: number }) => [shipOrder.with(sent), weighKilograms.with(input)],
  };
  const { flow } = await service.producer(grown).start(both, { order: "7", weight: 2 });
  await service.dispatch(catalogOf(shipOrder));
  expect(await service.work(shipOrder)).toHaveLength(1);
  expect(await service.job(flow.id, "weigh-order")).toMatchObject({ status: "queued" });
  await service.pass(60);
  await service.dispatch(grown);
  expect(await service.work(weighKilograms)).toHaveLength(1);
  expect(await service.job(flow.id, "weigh-order")).toMatchObject({ status: "succeeded" });
});
