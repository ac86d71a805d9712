import { randomUUID } from "node:crypto";
import { afterAll, expect, test } from "@jest/globals";
import { openSession } from "./session.ts";
import { testShowing } from "./target.ts";

const session = openSession();
afterAll(() => session.end());

test("two identical requests at once start one flow, which either's token opens", async () => {
  const person = session.person();
  const key = { "idempotency-key": randomUUID() };
  const [first, second] = await Promise.all([session.signUp(person, key), session.signUp(person, key)]);
  expect(second.flow.id).toBe(first.flow.id);
  for (const accepted of [first, second]) expect((await session.finished(accepted)).status).toBe("succeeded");
});

testShowing("mail", "a request that is repeated after its flow has ended sends no second email", async () => {
  const person = session.person();
  const key = { "idempotency-key": randomUUID() };
  const first = await session.signUp(person, key);
  await session.finished(first);
  const again = await session.signUp(person, key);
  expect([again.flow.id, again.flow.status]).toEqual([first.flow.id, "succeeded"]);
  expect(await session.mailsTo(person)).toHaveLength(1);
});

test("the same key with another input is refused", async () => {
  const key = { "idempotency-key": randomUUID() };
  const person = session.person();
  await session.finished(await session.signUp(person, key));
  const { status, body } = await session.call("/sign-ups", {
    ...{ method: "POST", headers: key, json: { ...person, name: "Somebody Else" } },
  });
  expect([status, JSON.parse(body.toString()).type]).toEqual([422, "/problems/idempotency-conflict"]);
});
