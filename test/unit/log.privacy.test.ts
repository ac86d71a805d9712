import { describe, expect, test } from "@jest/globals";
import { dispatchQueue } from "../../shared/queue/queue.ts";
import { asRequest, bearer, json, signUpCall } from "../support/api-fixture.ts";
import { pattern } from "../support/pictures.ts";
import { createServiceFixture, type ServiceFixture } from "../support/service-fixture.ts";

const person = {
  email: "Privata.Person+42@geheim.example",
  name: "Nomina Sincera",
  bio: "Vita mea occulta, quam nemo legat.",
};
const idempotencyKey = "clavis-occulta-0123456789";
/** None of these may stand in a line, in whatever case. */
const secrets = ["privata", "geheim", "nomina", "sincera", "vita mea", "nemo legat", "clavis-occulta"];
const upload = "06afxg7d5s5qybzc1r1q6m8k2w";
const headers = { "idempotency-key": idempotencyKey };

async function signUp({ api }: ServiceFixture, body: unknown = person, expected = 202) {
  const response = await api(asRequest(signUpCall(body, headers)));
  expect(response.status).toBe(expected);
  return json(response) as { flow: { id: string }; token: string };
}

/** Works every queue until a round finds nothing, an hour apart: longer than any backoff here. */
async function workAll(service: ServiceFixture): Promise<void> {
  let worked = 1;
  while (worked > 0) {
    worked = 0;
    for (const name of [dispatchQueue, ...service.jobs]) worked += (await service.work(name)).length;
    await service.clock.pass(3_600_000);
  }
}

/** The lines, once it is sure that each is one JSON object, says what happened, and repeats nobody's data. */
function checked({ lines }: ServiceFixture, ...more: readonly string[]) {
  return lines.map((line) => {
    const text = line.toLowerCase();
    for (const secret of [...secrets, ...more]) expect(text).not.toContain(secret.toLowerCase());
    expect(line).toMatch(/^\{.*\}$/);
    const event = JSON.parse(line) as Readonly<Record<string, unknown>>;
    expect(event).toMatchObject({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
      level: expect.stringMatching(/^(info|warn)$/),
      event: expect.stringMatching(/^[a-z]+\.[a-z-]+$/),
    });
    return event;
  });
}

/** Which events there were, once it is sure that each names the flow or a job of it. */
function eventsOf(lines: ReturnType<typeof checked>, flow: string) {
  for (const line of lines) expect(line["flow"] ?? line["job"]).toMatch(new RegExp(`^${flow}(\\.|$)`));
  return [...new Set(lines.map(({ event }) => event))].sort();
}

describe("the lines of a sign-up name its flow or job, and nothing of the person", () => {
  test.each([
    ["in its messages", person.bio, []],
    ["offloaded", `${person.bio} `.repeat(6_000), ["payload.loaded", "payload.offloaded"]],
  ])("that goes well, %s", async (_, bio, more) => {
    const service = createServiceFixture();
    const { flow, token } = await signUp(service, { ...person, bio });
    const again = await signUp(service, { ...person, bio });
    const status = await service.api(asRequest({ path: `/flows/${flow.id}`, headers: bearer(token) }));
    expect(status.status).toBe(200);
    await workAll(service);
    expect(eventsOf(checked(service, token, again.token), flow.id)).toEqual(
      [
        ...more,
        ...["flow.accepted", "flow.checked", "flow.dispatched", "flow.finished", "flow.replayed"],
        ...["job.leased", "job.refused", "job.succeeded"],
      ].sort(),
    );
  });

  test("with an avatar, of whose upload they have no id: until it is claimed, that is all one needs", async () => {
    const service = createServiceFixture();
    await service.uploads.send(upload, await pattern().jpeg().toBuffer());
    const { flow, token } = await signUp(service, { ...person, avatar: upload });
    await signUp(service, { ...person, avatar: upload });
    await workAll(service);
    const lines = checked(service, token, upload);
    expect(eventsOf(lines, flow.id)).toContain("job.succeeded");
    expect(lines.some(({ job }) => job === `${flow.id}.resize-avatar`)).toBe(true);
  });

  test("whose handlers throw errors that repeat what they were given", async () => {
    const service = createServiceFixture({
      onEffect: (effect) => {
        throw Object.assign(new Error(JSON.stringify(effect)), { code: "EFAILED" });
      },
    });
    const { flow, token } = await signUp(service);
    await workAll(service);
    expect(eventsOf(checked(service, token), flow.id)).toEqual(
      [
        ...["flow.accepted", "flow.checked", "flow.dispatched", "flow.finished"],
        ...["job.failed", "job.leased", "job.outcome-unknown", "job.refused", "job.retrying"],
        ...["job.taken-over", "message.dead-lettered"],
      ].sort(),
    );
  });

  test("whose jobs break the schema of a later deploy", async () => {
    const service = createServiceFixture();
    const { flow, token } = await signUp(service);
    await service.work(dispatchQueue);
    const called = service.jobs.filter((name) => service.queue.messages(name).length > 0);
    expect(called).toHaveLength(3);
    for (const name of called) {
      const [message] = service.queue.receive(name, { max: 1, visibilitySeconds: 60 });
      if (!message) throw new Error(`no message for ${name}`);
      service.queue.remove(name, message.receipt);
      await service.queue.send(name, [
        { ...message, body: message.body.replaceAll(person.email, person.name) },
      ]);
    }
    await workAll(service);
    expect(eventsOf(checked(service, token), flow.id)).toEqual(
      expect.arrayContaining(["job.failed", "message.dead-lettered"]),
    );
  });

  test("that the ledger fails, at the request and in the jobs", async () => {
    let isDown = true;
    const service = createServiceFixture({
      around: (table) => ({
        ...table,
        async put(record, when) {
          const answer = await table.put(record, when);
          if (isDown) throw new Error("throttled");
          return answer;
        },
        async update(update) {
          if (isDown) throw new Error("throttled");
          return table.update(update);
        },
      }),
    });
    await signUp(service, person, 503);
    isDown = false;
    const { flow, token } = await signUp(service);
    await service.work(dispatchQueue);
    isDown = true;
    await service.work("send-welcome-email");
    const events = eventsOf(checked(service, token), flow.id);
    expect(events).toEqual(
      ["request.failed", "flow.replayed", "flow.checked", "flow.dispatched", "message.failed"].sort(),
    );
  });
});

test("a sign-up that is refused, or a key that is used for another, leaves no line", async () => {
  const service = createServiceFixture();
  const { flow } = await signUp(service);
  await signUp(service, { ...person, plan: "pro" }, 422);
  await signUp(service, { ...person, email: person.name }, 422);
  await signUp(service, JSON.stringify(person).slice(1), 400);
  const request = { path: `/flows/${flow.id}`, headers: bearer("geheim-geheim-geheim") };
  expect((await service.api(asRequest(request))).status).toBe(404);
  expect(checked(service).map(({ event }) => event)).toEqual(["flow.accepted"]);
});

test("a stranger's message is set aside without a word of it", async () => {
  const service = createServiceFixture();
  for (const queue of [dispatchQueue, ...service.jobs]) {
    for (const body of [JSON.stringify(person), person.bio]) {
      const attributes = { errand: "run/1", job: person.email, flow: person.name };
      await service.queue.send(queue, [{ body, attributes, trace: person.name }]);
    }
  }
  await workAll(service);
  expect([...new Set(checked(service).map(({ event }) => event))]).toEqual(["message.dead-lettered"]);
  expect(service.lines).toHaveLength(2 * (1 + service.jobs.length));
});
