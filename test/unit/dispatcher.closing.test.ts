import { describe, expect, test } from "@jest/globals";
import { createDispatcher } from "../../shared/dispatcher/dispatcher.ts";
import type { Table } from "../../shared/ledger/table.ts";
import { checkAddress, day, flowId, flowRecord, received, start } from "../support/builders.ts";
import { createEngine, type Engine, type EngineOptions } from "../support/engine.ts";

const minute = 60_000;
const graceOver = 11 * day + 15 * minute + 1;

/** Works the first check past the deadline of a flow with a mail and a PDF. */
async function close(options: EngineOptions, flow = flowRecord({ mail: {}, pdf: {} })) {
  const engine = createEngine(options);
  await engine.given(flow);
  await engine.clock.pass(graceOver);
  const message = received(checkAddress, undefined, { sentAt: start + graceOver - 15 * minute });
  return { engine, message, failed: await createDispatcher(engine).process([message]) };
}

/** Delivers the check that was armed last, when it is due. */
async function nextCheck(engine: Engine) {
  const armed = engine.queue.sentTo("dispatch").at(-1);
  const { delaySeconds = 0, body = "", attributes = {} } = armed ?? {};
  await engine.clock.pass(delaySeconds * 1000);
  return createDispatcher(engine).process([{ ...received(checkAddress), body, attributes }]);
}

const letters = (engine: Engine, job: string) => engine.queue.sentTo(`${job}-dead-letters`).length;
const checks = (engine: Engine) => engine.queue.sentTo("dispatch").length;
const unreachable = () => {
  throw new Error("unreachable");
};

describe("a letter of a closed job that can't be sent", () => {
  test.each([
    ["refused", () => "full"],
    ["with a queue out of reach", unreachable],
  ])("holds no other job back, and the check that is armed repeats it: %s", async (_, trouble) => {
    let isTroubled = true;
    const refuse = (queue: string) => (queue === "mail-dead-letters" && isTroubled ? trouble() : undefined);
    const { engine, failed } = await close({ refuse });
    expect(failed).toEqual([]);
    expect(await engine.recorded()).toMatchObject({
      open: 0,
      jobs: { mail: { status: "failed", error: "deadline" }, pdf: { status: "failed", error: "deadline" } },
    });
    expect([letters(engine, "mail"), letters(engine, "pdf"), checks(engine)]).toEqual([0, 1, 1]);
    expect(engine.events).toContainEqual(
      expect.objectContaining({ level: "warn", event: "message.failed", flow: flowId }),
    );
    isTroubled = false;
    expect(await nextCheck(engine)).toEqual([]);
    expect([letters(engine, "mail"), checks(engine)]).toEqual([1, 1]);
  });
});

describe("a close that throws", () => {
  const isOfMail = (update: Parameters<Table["update"]>[0]) =>
    update.set.some(({ path }) => path[0] === "jobs" && path[1] === "mail");

  test.each(["before the write", "after it"])(
    "%s holds no other job back, and its message comes back well before the next check could",
    async (moment) => {
      let isTroubled = true;
      const around = (table: Table): Table => ({
        ...table,
        async update(update) {
          if (!isTroubled || !isOfMail(update)) return table.update(update);
          if (moment === "after it") await table.update(update);
          return unreachable();
        },
      });
      const { engine, message, failed } = await close({ around });
      expect(failed).toEqual([message.id]);
      expect(await engine.job("pdf")).toMatchObject({ status: "failed", error: "deadline" });
      expect([letters(engine, "mail"), letters(engine, "pdf"), checks(engine)]).toEqual([0, 1, 0]);
      expect(engine.events).toContainEqual({ level: "warn", event: "flow.overdue", flow: flowId, jobs: 1 });
      const [[, , seconds = 900] = []] = engine.queue.hidden;
      expect(seconds).toBeLessThan(2 * 60);
      isTroubled = false;
      await engine.clock.pass(seconds * 1000);
      expect(await createDispatcher(engine).process([{ ...message, receiveCount: 2 }])).toEqual([]);
      expect(await engine.recorded()).toMatchObject({ open: 0, jobs: { mail: { status: "failed" } } });
      expect([letters(engine, "mail"), checks(engine)]).toEqual([1, 0]);
    },
  );
});

test.each([
  ["nothing", {}, "deadline"],
  [
    "a schema",
    { status: "held", error: "email: as the job's schema says" },
    "deadline: email: as the job's schema says",
  ],
  ["what is too long to keep", { status: "retrying", error: "ü".repeat(100) }, `deadline: ${"ü".repeat(95)}`],
] as const)("the letter of a closed job that waited for %s says so", async (_, job, error) => {
  const { engine } = await close({}, flowRecord({ mail: job }));
  expect(await engine.job("mail")).toMatchObject({ status: "failed", error });
  expect(engine.queue.sentTo("mail-dead-letters")[0]?.attributes["error"]).toBe(error);
});

test("a debt of an earlier check that still can't be paid holds no other job's send back", async () => {
  const refuse = (queue: string) => (queue === "mail-dead-letters" ? "full" : undefined);
  const owing = { status: "failed", by: "check:nonce", error: "deadline" } as const;
  const { engine, failed } = await close(
    { refuse },
    flowRecord({ mail: owing, pdf: { status: "retrying", due: start } }, { deadline: start + 99 * day }),
  );
  expect(failed).toEqual([]);
  expect(engine.queue.sentTo("pdf")).toHaveLength(1);
  expect(checks(engine)).toBe(1);
});
