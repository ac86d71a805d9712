import { describe, expect, test } from "@jest/globals";
import { defineCatalog } from "../../shared/catalog/catalog.ts";
import { parseAddress } from "../../shared/envelope/address.ts";
import type { MemoryQueue } from "../../shared/queue/memory-queue.ts";
import { deadLetterQueue, dispatchQueue } from "../../shared/queue/queue.ts";
import { mail, pdf, signUp, zoe } from "../support/engine.ts";
import { createMemoryService } from "../support/memory-service.ts";

const catalog = defineCatalog({ flows: [signUp], jobs: [mail, pdf] });
const minute = 60;

/** Three flows whose mails the queue refuses from the start; what its depth answers then is the caller's. */
async function refusing(options: { readonly depth?: "refused" } = {}) {
  const outage = { isOn: true };
  const refusal = (name: string) => outage.isOn && name === mail.name;
  const aroundQueue = (queue: MemoryQueue): MemoryQueue => ({
    ...queue,
    send: async (name, messages) =>
      refusal(name)
        ? messages.map((_, index) => ({ index, reason: "AccessDenied" }))
        : queue.send(name, messages),
    depth: async (name) => {
      if (refusal(name) && options.depth === "refused") throw new Error("AccessDenied");
      return queue.depth(name);
    },
  });
  const service = createMemoryService([mail.name, pdf.name], { aroundQueue });
  const flows: string[] = [];
  for (let index = 0; index < 3; index++) {
    const { flow } = await service.producer(catalog).start(signUp, zoe);
    flows.push(flow.id);
  }
  const kinds = () =>
    service.queue.messages(dispatchQueue).map(({ attributes }) => parseAddress(attributes).kind);
  const letters = () =>
    [mail.name, pdf.name, dispatchQueue].flatMap((name) => service.queue.messages(deadLetterQueue(name)));

  /** Works what is due on the dispatch queue, minute by minute, and calls back after each. */
  async function pass(minutes: number, each: () => Promise<unknown> = async () => {}): Promise<void> {
    for (let passed = 0; passed < minutes; passed++) {
      await service.dispatch(catalog);
      await each();
      await service.pass(minute);
    }
  }
  return { service, flows, outage, kinds, letters, pass };
}

describe("a job's queue that refuses sends for two hours", () => {
  test("multiplies neither the jobs that other queues have taken, nor checks, nor letters", async () => {
    const { service, flows, kinds, letters, pass } = await refusing();
    const most = { check: 0, send: 0 };
    await pass(120, async () => {
      const count = (kind: string) => kinds().filter((each) => each === kind).length;
      most.check = Math.max(most.check, count("check"));
      most.send = Math.max(most.send, count("send"));
    });
    expect(most).toEqual({ check: flows.length, send: flows.length });
    // Nobody works the other queue: one copy of each, and one more an hour after it could have run.
    const copies = service.queue.messages(pdf.name).map(({ attributes }) => attributes["job"]);
    expect(copies.sort()).toEqual(flows.flatMap((flow) => [`${flow}.pdf`, `${flow}.pdf`]).sort());
    expect(service.queue.messages(mail.name)).toEqual([]);
    expect(letters()).toEqual([]);
  });

  test.each(["answered", "refused"] as const)(
    "holds none of a flow's other jobs, its depth being %s, and what it refused runs once soon after it takes sends again",
    async (depth) => {
      const { service, flows, outage, letters, pass } = await refusing(depth === "refused" ? { depth } : {});
      const statuses = (key: string) =>
        Promise.all(flows.map(async (flow) => (await service.job(flow, key))?.status));
      const work = () => service.work(pdf);
      await pass(1, work);
      expect(await statuses("pdf")).toEqual(["succeeded", "succeeded", "succeeded"]);
      await pass(120, work);
      expect(await statuses("mail")).toEqual(["queued", "queued", "queued"]);
      outage.isOn = false;
      const mails: unknown[] = [];
      await pass(15, async () => mails.push(...(await service.work(mail))));
      expect(await statuses("mail")).toEqual(["succeeded", "succeeded", "succeeded"]);
      expect(mails).toEqual([zoe, zoe, zoe]);
      expect(letters()).toEqual([]);
      // What is left is one check a flow at the most, which finds it finished.
      await pass(60);
      expect(service.queue.messages(dispatchQueue)).toEqual([]);
      expect(service.queue.messages(mail.name)).toEqual([]);
    },
  );

  test("rebuilds what another queue has lost meanwhile, though it tells its own depth to nobody", async () => {
    const { service, flows, pass } = await refusing({ depth: "refused" });
    await pass(2);
    for (const { receipt } of service.queue.receive(pdf.name, { max: 10, visibilitySeconds: 60 })) {
      service.queue.remove(pdf.name, receipt);
    }
    await pass(20, () => service.work(pdf));
    for (const flow of flows) expect(await service.job(flow, "pdf")).toMatchObject({ status: "succeeded" });
  });
});
