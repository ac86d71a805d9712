import { describe, expect, test } from "@jest/globals";
import { defineCatalog } from "../../shared/catalog/catalog.ts";
import { defineFlow, type FlowDefinition } from "../../shared/catalog/flow.ts";
import { InvalidDefinitionError, InvalidInputError } from "../../shared/catalog/violation.ts";
import type { Table } from "../../shared/ledger/table.ts";
import { createProducer } from "../../shared/producer/producer.ts";
import { UnavailableError } from "../../shared/producer/start-errors.ts";
import { createEngine, type Engine, mail, pdf, person, signUp, zoe } from "../support/engine.ts";

const idempotencyKey = "0123456789abcdef";

/** Starts what is refused: the error, and that nothing was offloaded, recorded or sent. */
async function refused(
  begin: (producer: ReturnType<typeof createProducer>) => Promise<unknown>,
  engine = createEngine(),
) {
  const touched: string[] = [];
  engine.store.put = async () => void touched.push("offload");
  const error = await begin(createProducer(engine.ports)).then(
    () => "started",
    (thrown: unknown) => thrown,
  );
  expect(touched).toEqual([]);
  expect(engine.queue.calls).toEqual([]);
  return error;
}

describe("before anything is written or sent a producer refuses", () => {
  test("an input that breaks the flow's schema, with each broken rule", async () => {
    const error = await refused((producer) =>
      producer.start(signUp, { email: "no", name: 7 as unknown as string }),
    );
    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as InvalidInputError).violations.map(({ path, got }) => [path, got])).toEqual([
      ["email", `"no"`],
      ["name", "7"],
    ]);
  });

  test("an input that breaks the job's schema, below the job's key", async () => {
    const flow = defineFlow({
      name: "sign-up",
      input: person,
      plan: ({ name }) => [mail.with(zoe), { key: "second", job: pdf, input: { name } }],
    });
    const error = await refused((producer) => producer.start(flow, zoe));
    expect((error as InvalidInputError).violations.map(({ path }) => path)).toEqual(["second.email"]);
  });

  test.each([
    ["that is none", "text", "input"],
    ["that breaks its schema", { ...zoe, email: "no" }, "email"],
  ])(
    "an input of a pushed job %s, where the caller wrote it: no key stands before it",
    async (_, input, path) => {
      const error = await refused((producer) => producer.push(mail, input as typeof zoe));
      expect(error).toBeInstanceOf(InvalidInputError);
      expect((error as InvalidInputError).violations.map((violation) => violation.path)).toEqual([path]);
    },
  );

  test("an input that JSON can't hold, such as a BigInt", async () => {
    const error = await refused((producer) =>
      producer.start(signUp, { ...zoe, name: 1n as unknown as string }),
    );
    expect((error as Error).message).toMatch(/^input: what JSON can hold, got .*BigInt/);
  });

  test.each(["", "x".repeat(15), "x".repeat(256)])(
    "an idempotency key of the wrong length: %j",
    async (key) => {
      const error = await refused((producer) => producer.start(signUp, zoe, { idempotencyKey: key }));
      expect(error).toBeInstanceOf(InvalidInputError);
      expect((error as Error).message).toBe(
        `idempotencyKey: 16 to 255 characters, got ${key.length} characters`,
      );
    },
  );

  test.each<[string, FlowDefinition<typeof person>["plan"], string]>([
    ["without a job", () => [], "sign-up.plan: 1 to 300 jobs, got 0"],
    [
      "with one key twice",
      () => [mail.with(zoe), mail.with(zoe)],
      `sign-up.plan.key: a key of its own for each job, got "mail"`,
    ],
  ])("a plan %s", async (_, plan, message) => {
    const error = await refused((producer) => producer.start({ ...signUp, plan }, zoe));
    expect(error).toEqual(new Error(message));
    expect(error).toBeInstanceOf(InvalidDefinitionError);
  });

  test("a job that the catalog hasn't, also where it has one of its name", async () => {
    const other = createEngine();
    const ports = { ...other.ports, catalog: defineCatalog({ flows: [signUp], jobs: [mail, { ...pdf }] }) };
    const error = await refused((producer) => producer.start(signUp, zoe), { ...other, ports });
    expect((error as Error).message).toBe(`sign-up.plan: jobs of the catalog, got "pdf"`);
  });

  test("a body that no worker would load", async () => {
    const engine = createEngine();
    const error = await refused(
      (producer) => producer.push(mail, { ...zoe, name: "x".repeat(17 * 1024 * 1024) }),
      engine,
    );
    expect(error).toBeInstanceOf(InvalidInputError);
  });
});

describe("a producer is unavailable, with a key to repeat with,", () => {
  const broken =
    (method: "put") =>
    (table: Table): Table => ({ ...table, [method]: () => Promise.reject(new Error("unreachable")) });
  const cases: readonly (readonly [string, () => Engine])[] = [
    ["where the ledger is out of reach", () => createEngine({ around: broken("put") })],
    ["where the queue refuses the message", () => createEngine({ refuse: () => "throttled" })],
    [
      "where the payload can't be stored",
      () => {
        const engine = createEngine({ thresholdBytes: 10 });
        engine.store.put = () => Promise.reject(new Error("unreachable"));
        return engine;
      },
    ],
  ];

  test.each(cases)("%s", async (_, create) => {
    const error = await createProducer(create().ports)
      .start(signUp, zoe, { idempotencyKey })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnavailableError);
    expect((error as UnavailableError).idempotencyKey).toBe(idempotencyKey);
    expect((error as UnavailableError).cause).toBeInstanceOf(Error);
  });

  test("made up where the caller gave none, and good for the repeat", async () => {
    let isDown = true;
    const engine = createEngine({ refuse: () => (isDown ? "throttled" : undefined) });
    const producer = createProducer(engine.ports);
    const error = await producer.start(signUp, zoe).catch((thrown: unknown) => thrown);
    const key = (error as UnavailableError).idempotencyKey;
    expect(key.length).toBeGreaterThanOrEqual(16);
    isDown = false;
    expect(await producer.start(signUp, zoe, { idempotencyKey: key })).toMatchObject({ replayed: true });
    expect(engine.queue.sentTo("dispatch")).toHaveLength(1);
  });
});
