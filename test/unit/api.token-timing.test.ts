import { createRequire } from "node:module";
import { expect, jest, test } from "@jest/globals";

// Spied on before anything imports it: a module's imports are bound when it is first loaded.
const crypto: typeof import("node:crypto") = createRequire(import.meta.url)("node:crypto");
const compared = jest.spyOn(crypto, "timingSafeEqual");
const { bearer, createApiFixture } = await import("../support/api-fixture.ts");
const { createSocketFixture, token: opening } = await import("../support/socket-fixture.ts");

const absent = "0".repeat(26);

test("a wrong flow and a wrong token cost a status route the same comparison", async () => {
  const { signUp, call } = createApiFixture();
  const { flow, token } = await signUp();
  const comparisons: number[] = [];
  for (const [id, wrong] of [
    [flow.id, "x"],
    [absent, token],
    ["no-id", token],
  ] as const) {
    compared.mockClear();
    expect(await call({ path: `/flows/${id}`, headers: bearer(wrong) })).toMatchObject({ status: 404 });
    comparisons.push(compared.mock.calls.length);
  }
  expect(comparisons).toEqual([1, 1, 1]);
});

test("a wrong flow and a wrong token cost the WebSocket the same comparison", async () => {
  const { send, flow } = await createSocketFixture();
  const comparisons: number[] = [];
  for (const [id, wrong] of [
    [flow.id, "x"],
    [absent, opening],
    ["no-id", opening],
  ] as const) {
    compared.mockClear();
    await send({ action: "subscribe", flow: id, token: wrong });
    comparisons.push(compared.mock.calls.length);
  }
  expect(comparisons).toEqual([1, 1, 1]);
});
