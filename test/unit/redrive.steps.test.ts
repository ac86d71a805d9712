import { describe, expect, test } from "@jest/globals";
import { encodeAddress, parseAddress } from "../../shared/envelope/address.ts";
import { strangerLetter } from "../../shared/envelope/dead-letter.ts";
import { encodeEnvelope } from "../../shared/envelope/envelope.ts";
import { flowStatus } from "../../shared/flow/state-machine.ts";
import type { RedrivePorts } from "../../shared/redrive/redrive-letter.ts";
import { day, envelopeWith, runAddress, start } from "../support/builders.ts";
import { failedSignUp, redriveAll } from "../support/redriving.ts";

type Fixture = Awaited<ReturnType<typeof failedSignUp>>;

/** The ports, each call of which is told its number: it may throw before the effect, or after it. */
function interrupted(
  ports: RedrivePorts,
  at: number,
  when: "before" | "after",
): RedrivePorts & { calls(): number } {
  let calls = 0;
  const through = <Arguments extends unknown[], Value>(call: (...args: Arguments) => Promise<Value>) => {
    return async (...args: Arguments): Promise<Value> => {
      const mine = ++calls === at;
      if (mine && when === "before") throw new Error("interrupted");
      const value = await call(...args);
      if (mine) throw new Error("interrupted");
      return value;
    };
  };
  const { ledger, queue, letters, claimCheck } = ports;
  return {
    ...ports,
    ledger: { ...ledger, read: through(ledger.read), reopen: through(ledger.reopen) },
    queue: { ...queue, send: through(queue.send) },
    letters: { ...letters, remove: through(letters.remove) },
    claimCheck: { ...claimCheck, restamp: through(claimCheck.restamp) },
    calls: () => calls,
  };
}

const statusOf = async ({ ports, flow }: Fixture) =>
  flowStatus(Object.values((await ports.ledger.read(flow))?.jobs ?? {}));

describe("a redrive", () => {
  test("runs what failed once more, and nothing of what succeeded: the flow is open again and succeeds", async () => {
    const service = await failedSignUp();
    expect(await statusOf(service)).toBe("failed");
    service.mend();
    expect(await redriveAll(service, service.redrivePorts)).toEqual([{ kind: "redriven", run: 1 }]);
    expect(await statusOf(service)).toBe("running");
    await service.workAll();
    expect(await statusOf(service)).toBe("succeeded");
    expect([service.sent, service.pdfs()]).toEqual([[`${service.flow}.mail 1`], 1]);
    expect(service.letters("mail")).toEqual([]);
  });

  test("arms a check that carries the letter, and sends the job marked as one that may have run, with the new deadline", async () => {
    const service = await failedSignUp();
    await service.pass(12 * 24 * 3600);
    const [letter] = service.letters("mail");
    await redriveAll(service, service.redrivePorts);
    const [sent] = service.queue.messages("mail");
    const deadline = (await service.ports.ledger.read(service.flow))?.deadline;
    expect(deadline).toBeGreaterThan(start + 22 * day);
    expect(parseAddress(sent?.attributes ?? {})).toEqual({
      ...{ kind: "run", flow: service.flow, key: "mail", run: 1, deadline, again: true },
    });
    expect(sent?.attributes).not.toHaveProperty("error");
    const checks = service.queue
      .messages("dispatch")
      .filter(({ attributes }) => attributes["errand"] === "check/1");
    expect(checks.at(-1)).toMatchObject({ body: letter?.body, delaySeconds: 900 });
  });

  // Five calls and the letter's own: read, restamp, arm, reopen, send, remove.
  const interruptions = [1, 2, 3, 4, 5, 6].flatMap((at) => [["before", at] as const, ["after", at] as const]);
  test.each(interruptions)(
    "that was interrupted %s its call %i is run again and ends the same",
    async (when, at) => {
      const service = await failedSignUp();
      service.mend();
      const ports = interrupted(service.redrivePorts, at, when);
      const [outcome] = await redriveAll(service, ports);
      expect(outcome).toEqual({ kind: "failed", reason: "interrupted" });
      expect(ports.calls()).toBe(at);
      await redriveAll(service, service.redrivePorts);
      await service.workAll();
      expect(await statusOf(service)).toBe("succeeded");
      expect([service.sent, service.pdfs(), service.letters("mail")]).toEqual([
        [`${service.flow}.mail 1`],
        1,
        [],
      ]);
    },
  );

  test.each([4, 5])(
    "that was interrupted after its call %i and is never run again is ended by its check",
    async (at) => {
      const service = await failedSignUp();
      service.mend();
      await redriveAll(service, interrupted(service.redrivePorts, at, "after"));
      for (let turn = 0; turn < 8; turn++) {
        await service.pass(900);
        await service.workAll();
      }
      expect(await statusOf(service)).toBe("succeeded");
      expect([service.sent, service.pdfs()]).toEqual([[`${service.flow}.mail 1`], 1]);
      // The letter is still there, and stale: the next redrive drops it.
      if (at < 6) expect(service.letters("mail")).toHaveLength(1);
      expect(await redriveAll(service, service.redrivePorts)).toEqual([
        { kind: "dropped", reason: "its run 1 is succeeded" },
      ]);
      expect(service.letters("mail")).toEqual([]);
    },
  );

  test("that may only tell does nothing", async () => {
    const service = await failedSignUp();
    const before = [await service.ports.ledger.read(service.flow), service.letters("mail")];
    const outcomes = await redriveAll(service, service.redrivePorts, { dryRun: true });
    expect(outcomes).toEqual([{ kind: "redriven", run: 1 }]);
    expect([await service.ports.ledger.read(service.flow), service.letters("mail")]).toEqual(before);
    expect(service.queue.receive("mail-dead-letters", { max: 1, visibilitySeconds: 1 })).toHaveLength(1);
  });
});

describe("a letter", () => {
  async function withLetter(
    letter: (flow: string) => { body: string; attributes: Record<string, string | number> },
  ) {
    const service = await failedSignUp();
    await redriveAll(service, service.redrivePorts);
    await service.queue.send("mail-dead-letters", [letter(service.flow)]);
    return service;
  }
  const ofRun = (flow: string, run: number) => encodeAddress({ ...runAddress, flow, run });

  test.each([
    ["of a stranger", () => strangerLetter({ body: "hello" }, "no"), "errand: <kind>/<version>, got nothing"],
    ["from a newer deploy", () => ({ body: "{}", attributes: { errand: "run/2" } }), "version: 1, got 2"],
    [
      "of a flow that the ledger hasn't",
      () => ({ body: "{}", attributes: encodeAddress(runAddress) }),
      "job: one that the ledger has, got another",
    ],
  ])("%s is left where it is, and it is said why", async (_, letter, reason) => {
    const service = await withLetter(letter);
    expect(await redriveAll(service, service.redrivePorts)).toEqual([{ kind: "left", reason }]);
    expect(service.queue.receive("mail-dead-letters", { max: 2, visibilitySeconds: 1 })).toHaveLength(1);
  });

  test.each([
    ["that is no envelope", "hello", "body: JSON, got something else"],
    [
      "of another job",
      encodeEnvelope(envelopeWith({ pdf: {} })),
      "envelope: the job of the letter, got another",
    ],
  ])("with a body %s is left: its job would only fail again", async (_, body, reason) => {
    const service = await failedSignUp();
    const [letter] = service.queue.receive("mail-dead-letters", { max: 1, visibilitySeconds: 1 });
    if (letter) service.queue.remove("mail-dead-letters", letter.receipt);
    await service.queue.send("mail-dead-letters", [{ body, attributes: letter?.attributes ?? {} }]);
    expect(await redriveAll(service, service.redrivePorts)).toEqual([{ kind: "left", reason }]);
    expect(await statusOf(service)).toBe("failed");
  });

  test("that SQS moved by itself is dropped where the ledger says that the job has not failed", async () => {
    const service = await withLetter((flow) => ({ body: "{}", attributes: ofRun(flow, 1) }));
    service.mend();
    await service.workAll();
    expect(await redriveAll(service, service.redrivePorts)).toEqual([
      { kind: "dropped", reason: "its run 1 is succeeded" },
    ]);
    expect(service.letters("mail")).toEqual([]);
  });

  test("of a start that SQS moved goes back to the dispatcher, who asks the ledger what has run", async () => {
    const service = await failedSignUp();
    await redriveAll(service, service.redrivePorts);
    const attributes = encodeAddress({
      kind: "start",
      flow: service.flow,
      id: "its-own",
      deadline: start,
      again: false,
    });
    await service.queue.send("dispatch-dead-letters", [{ body: encodeEnvelope(envelopeWith()), attributes }]);
    expect(await redriveAll(service, service.redrivePorts)).toEqual([{ kind: "returned" }]);
    const [returned] = service.queue.messages("dispatch").slice(-1);
    expect(returned?.attributes).toEqual({ ...attributes, again: 1 });
    await service.workAll();
    expect(service.pdfs()).toBe(1);
  });
});
