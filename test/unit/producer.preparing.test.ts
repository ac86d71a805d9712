import { describe, expect, test } from "@jest/globals";
import { InvalidInputError } from "../../shared/catalog/violation.ts";
import { createProducer, type StartOptions } from "../../shared/producer/producer.ts";
import { IdempotencyConflictError, UnavailableError } from "../../shared/producer/start-errors.ts";
import { createEngine, signUp, zoe } from "../support/engine.ts";

const idempotencyKey = "0123456789abcdef";

/** A producer, and what was prepared: the flow's id and whether that was recorded then. */
function setUp(fail?: Error) {
  const engine = createEngine();
  const prepared: [string, boolean][] = [];
  const prepare = async (flow: string) => {
    prepared.push([flow, (await engine.recorded(flow)) !== undefined]);
    if (fail) throw fail;
  };
  const producer = createProducer(engine.ports);
  const start = (input = zoe, options: StartOptions = {}) =>
    producer.start(signUp, input, { idempotencyKey, prepare, ...options });
  return { engine, start, prepared };
}

describe("what is prepared", () => {
  test("is so once, by the flow's id, before it is recorded: a replay finds it done", async () => {
    const { start, prepared } = setUp();
    const { flow } = await start();
    expect(await start()).toMatchObject({ replayed: true, flow: { id: flow.id } });
    expect(prepared).toEqual([[flow.id, false]]);
  });

  test.each<[string, { readonly input?: typeof zoe; readonly options?: StartOptions }]>([
    ["a broken input", { input: { ...zoe, email: "zoe" } }],
    ["a webhook within the network", { options: { notify: { webhook: "https://10.0.0.1/a" } } }],
    ["a key that is too short", { options: { idempotencyKey: "short" } }],
  ])("is nothing for %s", async (_, { input, options }) => {
    const { start, prepared } = setUp();
    await expect(start(input, options)).rejects.toBeInstanceOf(InvalidInputError);
    expect(prepared).toEqual([]);
  });

  test("is nothing for a key that was used for another input", async () => {
    const { start, prepared } = setUp();
    await start();
    await expect(start({ ...zoe, name: "Zoe" })).rejects.toBeInstanceOf(IdempotencyConflictError);
    expect(prepared).toHaveLength(1);
  });

  test.each([
    [
      "by a refusal",
      new InvalidInputError([{ path: "avatar", rule: "one that is there", got: "none" }]),
      InvalidInputError,
    ],
    ["by any other error", new Error("no network"), UnavailableError],
  ])("keeps the flow from being recorded and sent where it fails: %s", async (_, error, kind) => {
    const { engine, start, prepared } = setUp(error);
    await expect(start()).rejects.toBeInstanceOf(kind);
    expect(await engine.recorded(prepared[0]?.[0] ?? "")).toBeUndefined();
    expect(engine.queue.calls).toEqual([]);
  });
});
