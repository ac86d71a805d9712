import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import { type Interval, mostAtOnce } from "./most-at-once.ts";
import { openSession } from "./session.ts";
import { testShowing } from "./target.ts";

const session = openSession();
afterAll(() => session.end());

const people = Array.from({ length: 200 }, () => session.person());
const flows: FlowView[] = [];
beforeAll(async () => {
  const accepted = await Promise.all(people.map((person) => session.signUp(person)));
  for (const each of accepted) flows.push(await session.finished(each));
});

test("200 sign-ups at once all succeed, with a profile and a receipt each", async () => {
  expect(flows.filter(({ status }) => status !== "succeeded")).toEqual([]);
  expect(new Set(flows.map(({ id }) => id)).size).toBe(200);
  for (const { email, name } of people) expect(await session.profiles.read(email)).toMatchObject({ name });
  for (const { id } of flows) {
    expect(await session.files.list(`${id}/`)).toEqual([`${id}/render-receipt/0/receipt.pdf`]);
  }
});

testShowing("mail", "each of 200 people gets one welcome email", async () => {
  for (const person of people) expect(await session.mailsTo(person)).toHaveLength(1);
});

test.each([
  ["send-welcome-email", 10],
  ["create-profile", 2],
  ["render-receipt", 2],
])("of %s never more than %i ran at the same time", (name, workers) => {
  const jobs = flows.flatMap(({ jobs }) => jobs).filter(({ job }) => job === name);
  // Between these two times the job held its worker. Where it had to be tried again, there was a wait between.
  const runs = jobs
    .filter(({ attempts }) => attempts === 1)
    .map(({ startedAt = "", finishedAt = "" }): Interval => [Date.parse(startedAt), Date.parse(finishedAt)]);
  expect(runs.length).toBeGreaterThan(150);
  expect(mostAtOnce(runs)).toBeLessThanOrEqual(workers);
});
