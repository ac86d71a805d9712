import { expect, test } from "@jest/globals";
import { defineCatalog } from "../../shared/catalog/catalog.ts";
import { defineJob } from "../../shared/catalog/job.ts";
import { queueSettings, standardProfile } from "../../shared/catalog/queue-settings.ts";
import { person, zoe } from "../support/engine.ts";
import { createMemoryService } from "../support/memory-service.ts";

test.each([
  ["the default timeout of 10 s within 3 minutes", 10, 180],
  ["a timeout of a minute within 12 of them and 30 s", 60, 12 * 60 + 30],
  ["the longest timeout within 12 of them and 30 s", 447, 12 * 447 + 30],
])(
  "the job of a worker that was killed, under its lease, runs again with %s",
  async (_, timeoutSeconds, most) => {
    const job = defineJob({ name: "mail", input: person, timeoutSeconds, effect: { once: "resend" } });
    const catalog = defineCatalog({ flows: [], jobs: [job] });
    const service = createMemoryService([job.name]);
    const { flow } = await service.producer(catalog).push(job, zoe);
    await service.dispatch(catalog);

    // What a killed worker leaves: a message that is hidden, and a lease.
    const { leaseSeconds, visibilityTimeoutSeconds: visibilitySeconds } = queueSettings(job, standardProfile);
    expect(service.queue.receive(job.name, { max: 1, visibilitySeconds })).toHaveLength(1);
    const from = service.clock.now();
    const run = { flow: flow.id, key: job.name, run: 0 };
    await service.ports.ledger.lease(run, { owner: "killed", from, to: from + leaseSeconds * 1000 });

    while ((await service.work(job)).length === 0) await service.pass(1);
    expect((service.clock.now() - from) / 1000).toBeLessThanOrEqual(most);
    expect(await service.job(flow.id, job.name)).toMatchObject({ status: "succeeded", attempts: 2 });
  },
);
