import { describe, expect, test } from "@jest/globals";
import { defineCatalog } from "../../shared/catalog/catalog.ts";
import { createLostCheckArmer } from "../../shared/dispatcher/arm-lost-check.ts";
import { parseAddress } from "../../shared/envelope/address.ts";
import { parseEnvelope } from "../../shared/envelope/envelope.ts";
import { deadLetterQueue, dispatchQueue, type QueueName } from "../../shared/queue/queue.ts";
import { mail, pdf, signUp, zoe } from "../support/engine.ts";
import { createMemoryService } from "../support/memory-service.ts";

const catalog = defineCatalog({ flows: [signUp], jobs: [mail, pdf] });
const idempotencyKey = "0123456789abcdef";
const minute = 60;
const hour = 60 * minute;

/** A flow that was fanned out, whose jobs wait for their workers. */
async function fannedOut() {
  const service = createMemoryService([mail.name, pdf.name]);
  const start = () => service.producer(catalog).start(signUp, zoe, { idempotencyKey });
  const { flow } = await start();
  await service.dispatch(catalog);
  const record = async () => {
    const found = await service.ports.ledger.read(flow.id);
    if (!found) throw new Error("the flow is gone");
    return found;
  };
  return {
    ...service,
    start,
    record,
    /** As the status route does with what it has read. */
    askStatus: async () => createLostCheckArmer(service.ports)(await record()),
    kinds: () => service.queue.messages(dispatchQueue).map(({ attributes }) => parseAddress(attributes).kind),
    /** Throws all messages of a queue away, delayed ones included. */
    async purge(name: QueueName) {
      while (service.queue.messages(name).length > 0) {
        await service.pass(
          Math.max(0, (service.queue.nextVisibleAt(name) ?? 0) - service.clock.now()) / 1000,
        );
        for (const { receipt } of service.queue.receive(name, { max: 10, visibilitySeconds: 60 })) {
          service.queue.remove(name, receipt);
        }
      }
    },
    /** Works the dispatch queue every five minutes. */
    async wait(seconds: number) {
      for (let passed = 0; passed < seconds; passed += 5 * minute) {
        await service.pass(5 * minute);
        await service.dispatch(catalog);
      }
    },
  };
}

describe("a check", () => {
  test("rebuilds what a purge of the jobs' queues took, from the envelope that it carries", async () => {
    const flow = await fannedOut();
    await flow.purge(mail.name);
    await flow.purge(pdf.name);
    await flow.wait(20 * minute);
    expect(await flow.work(mail)).toEqual([zoe]);
    expect(await flow.work(pdf)).toEqual([zoe]);
    expect(await flow.record()).toMatchObject({ open: 0 });
    await flow.wait(20 * minute);
    expect(flow.kinds()).toEqual([]);
  });

  test("that came five times merges with itself: one is left of its chains", async () => {
    const flow = await fannedOut();
    const [check] = flow.queue.messages(dispatchQueue);
    if (!check) throw new Error("no check was armed");
    await flow.queue.send(
      dispatchQueue,
      Array.from({ length: 4 }, (_, index) => twin(check, index)),
    );
    expect(flow.kinds()).toHaveLength(5);
    await flow.wait(40 * minute);
    expect(flow.kinds()).toEqual(["check"]);
    expect(flow.queue.messages(mail.name)).toHaveLength(1);
  });
});

type Sent = ReturnType<Awaited<ReturnType<typeof fannedOut>>["queue"]["messages"]>[number];

/** The same check as another message, which comes a little later. */
function twin({ attributes, ...message }: Sent, index: number): Sent {
  return { ...message, delaySeconds: 840, attributes: { ...attributes, id: `twin-${index}` } };
}

describe("a flow whose check is lost", () => {
  test("ends at its deadline once somebody has asked for its status, an hour after its check", async () => {
    const flow = await fannedOut();
    await flow.purge(dispatchQueue);
    await flow.askStatus();
    expect(flow.kinds()).toEqual([]);
    await flow.pass(hour);
    await flow.askStatus();
    await flow.askStatus();
    expect(flow.kinds()).toEqual(["close"]);
    await flow.wait(11 * 24 * hour + 40 * minute - hour - 15 * minute);
    expect(await flow.record()).toMatchObject({
      open: 0,
      jobs: { mail: { status: "failed", error: "deadline" }, pdf: { status: "failed", error: "deadline" } },
    });
    for (const { name } of [mail, pdf]) expect(flow.queue.messages(deadLetterQueue(name))).toHaveLength(1);
    expect(flow.kinds()).toEqual([]);
  });

  test("loses no input where a worker has the message past the deadline: its letter can be redriven", async () => {
    const flow = await fannedOut();
    await flow.purge(dispatchQueue);
    await flow.wait(11 * 24 * hour + minute);
    expect(await flow.work(mail)).toEqual([]);
    await flow.askStatus();
    await flow.pass(20 * minute);
    expect(await flow.work(mail)).toEqual([]);
    await flow.wait(20 * minute);
    expect(await flow.record()).toMatchObject({
      open: 0,
      jobs: { mail: { status: "failed", error: "deadline" } },
    });
    const [letter, ...more] = flow.letters(mail.name);
    expect(parseEnvelope(letter?.body ?? "").jobs).toMatchObject({ mail: { input: zoe } });
    expect(more).toEqual([]);
  });

  test("has one such check, however many ask and however long, which sends nothing again", async () => {
    const flow = await fannedOut();
    await flow.purge(dispatchQueue);
    await flow.purge(mail.name);
    await flow.pass(hour);
    for (let asked = 0; asked < 50; asked++) {
      await flow.askStatus();
      await flow.wait(5 * minute);
      expect(flow.kinds()).toEqual(["close"]);
    }
    expect(flow.queue.messages(mail.name)).toEqual([]);
  });

  test("is rebuilt by a replay of its request, also where a job has ended, and that check is the one that stays", async () => {
    const flow = await fannedOut();
    expect(await flow.work(pdf)).toEqual([zoe]);
    await flow.purge(dispatchQueue);
    await flow.purge(mail.name);
    await flow.start();
    expect(flow.kinds()).toEqual([]);
    await flow.pass(hour);
    await flow.askStatus();
    await flow.start();
    expect(flow.kinds().sort()).toEqual(["close", "start"]);
    await flow.dispatch(catalog);
    expect(flow.kinds().sort()).toEqual(["check", "close"]);
    await flow.wait(20 * minute);
    expect(flow.kinds()).toEqual(["check"]);
    expect(await flow.work(mail)).toEqual([zoe]);
    expect(await flow.record()).toMatchObject({ open: 0, jobs: { mail: { status: "succeeded" } } });
    expect(await flow.work(pdf)).toEqual([]);
  });
});

test.each(["before it", "after it", "with it"])(
  "a check that carries the envelope and is late outlives the one that a status request has armed: worked %s",
  async (order) => {
    const flow = await fannedOut();
    await flow.purge(mail.name);
    // The dispatcher was down for two hours.
    await flow.pass(2 * hour);
    const own = flow.queue.receive(dispatchQueue, {
      max: 1,
      visibilitySeconds: order === "after it" ? 300 : 60,
    });
    expect(own).toHaveLength(1);
    if (order === "with it") await flow.queue.hide(dispatchQueue, own[0] ?? fail(), 0);
    await flow.askStatus();
    if (order === "before it") await flow.pass(61);
    await flow.dispatch(catalog);
    await flow.wait(20 * minute);
    expect(flow.kinds()).toEqual(["check"]);
    expect(await flow.work(mail)).toEqual([zoe]);
  },
);

function fail(): never {
  throw new Error("nothing was received");
}
